import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { Worker } from '@temporalio/worker'

import { packageRoot } from '../../src/package-root'
import { historyFromText } from './record-histories'

/** `test/histories/<version>/<workflow>-<case>.json`; see record-histories.ts. */
const folder = join(packageRoot(), 'test', 'histories')

const stored = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.json'))
  .sort()

describe('the history of a run that an earlier release began', () => {
  it('is there to be replayed', () => {
    expect(stored.length).toBeGreaterThan(0)
  })

  it.each(stored)(
    'replays without a difference: %s',
    async (path) => {
      const { workflowId, history } = historyFromText(readFileSync(join(folder, path), 'utf8'))
      await Worker.runReplayHistory(
        { workflowBundle: { codePath: join(packageRoot(), 'dist', 'workflow-bundle.js') } },
        history,
        workflowId,
      )
    },
    120_000,
  )
})
