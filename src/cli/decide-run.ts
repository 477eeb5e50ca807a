import type { Client } from '../client'
import { HoldfastError } from '../errors'
import type { Approval } from '../run-state'
import { cleanLine } from './clean-text'
import type { Cli } from './cli'
import { print, printJson } from './cli'
import { sayIfNoWorker } from './say-if-no-worker'

export interface DecisionOptions {
  why?: string
  as?: string
  json?: boolean
}

/**
 * Approves or rejects, and says what holds. Asking for what was decided already is no error;
 * asking for the opposite is.
 */
export async function decideRun(options: {
  cli: Cli
  client: Client
  run: string
  update: 'approve' | 'reject'
  given: DecisionOptions
}): Promise<void> {
  const { cli, client, run, update, given } = options
  const handle = await client.get(run)
  if ((await handle.status()).state === 'running') await sayIfNoWorker(cli, client, 'the decision')
  const { why, as: by } = given
  const decision = { ...(by !== undefined && { by }), ...(why !== undefined && { why }) }
  const answering =
    update === 'approve' ? handle.approve(decision) : handle.reject({ why: '', ...decision })
  const { approval, counted } = await answering
  const wanted = update === 'approve' ? 'approved' : 'rejected'
  if (approval.state !== wanted) {
    throw new HoldfastError({
      code: 'E_ALREADY_DECIDED',
      what: `the run was ${decided(approval)}`,
      where: handle.id,
      hint: 'the first decision counts; start another run with `holdfast run --new`',
    })
  }
  if (given.json) printJson(cli, { id: handle.id, ...approval, counted })
  else print(cli, `${handle.id} ${counted ? 'is' : 'was already'} ${decided(approval)}.`)
}

function decided({ state, by = 'time-out', why }: Approval): string {
  return cleanLine(`${state} by ${by}${why === undefined ? '' : `: ${why}`}`).replace(/\.$/, '')
}
