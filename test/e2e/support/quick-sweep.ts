import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { stringify } from 'yaml'

import type { SweepInput } from '../../../src/config/sweep-schema'
import { writeQuickPipeline, type QuickPipeline } from './quick-pipeline'

/** What a test changes about the quick sweep. */
export interface QuickSweep {
  /** Its name is also that of the sweep, of the trials' jobs and of the published model. */
  pipeline: QuickPipeline
  parameters: SweepInput['parameters']
  /** Trials at a time; default: 2. */
  parallel?: number
  /** Laid over the sweep file's top level; the method is `grid` unless it is given here. */
  more?: Record<string, unknown>
}

/** A sweep of the quick fixture in a folder of its own; returns the path of its sweep.yaml. */
export function writeQuickSweep({ folder, sweep }: { folder: string; sweep: QuickSweep }): string {
  mkdirSync(folder, { recursive: true })
  const pipeline = writeQuickPipeline({ folder, pipeline: sweep.pipeline })
  const file = join(dirname(pipeline), 'sweep.yaml')
  writeFileSync(file, stringify({ ...quickSweepConfig(sweep), pipeline: basename(pipeline) }))
  return file
}

function quickSweepConfig({ pipeline, parameters, parallel = 2, more }: QuickSweep) {
  return {
    name: pipeline.name,
    method: 'grid',
    // The fixture's best learning rate is 1e-4.
    metric: { name: 'eval_loss', goal: 'minimize' },
    parameters,
    parallel,
    ...more,
  }
}
