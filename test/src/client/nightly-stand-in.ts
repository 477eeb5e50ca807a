/** Stands in for the nightly workflow: it ends when the test says so, and how. */

import {
  ApplicationFailure,
  condition,
  defineSignal,
  setHandler,
  upsertMemo,
} from '@temporalio/workflow'

import type { NightlyState } from '../../../src/nightly-state'
import type { ResolvedPipeline } from '../../../src/config/resolved-pipeline'

export const end = defineSignal<[Partial<NightlyState>]>('end')

export async function nightly({ pipeline }: { pipeline: ResolvedPipeline }): Promise<void> {
  const state: NightlyState = {
    pipeline: pipeline.name,
    outcome: 'running',
    reason: '',
    run: null,
    version: null,
    error: null,
  }
  let told: Partial<NightlyState> | undefined
  setHandler(end, (how) => {
    told = how
  })
  await condition(() => told !== undefined)
  upsertMemo({ nightly: { ...state, ...told } })
  if (told?.outcome === 'failed') throw ApplicationFailure.nonRetryable('as the test asked')
}
