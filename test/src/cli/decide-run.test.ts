import type { Client, RunHandle } from '../../../src/client'
import { decideRun } from '../../../src/cli/decide-run'
import type { Approval, RunOutcome } from '../../../src/run-state'
import { aCli } from './a-cli'
import { aStatus } from './a-status'

const approval: Approval = {
  ...{ state: 'approved', by: 'ada', since: '2026-11-24T01:00:00Z', until: '2026-11-25T01:00:00Z' },
  onTimeout: 'reject',
}

async function approve(state: RunOutcome, counted: boolean): Promise<string> {
  const cli = aCli()
  const handle = {
    id: 'reviews-1a2b',
    status: async () => aStatus({ state }),
    approve: async () => ({ approval, counted }),
  } as unknown as RunHandle
  const client = { get: async () => handle, hasWorker: async () => false } as unknown as Client
  await decideRun({ cli, client, run: '-', update: 'approve', given: {} })
  return cli.err()
}

test('who decides while no worker runs is told at once what the silence is', async () => {
  expect(await approve('running', true)).toBe(
    'No worker is running: the decision waits until one does (`holdfast worker`).\n',
  )
})

test('what was decided before the end of a run waits for nobody', async () => {
  expect(await approve('completed', false)).toBe('')
})
