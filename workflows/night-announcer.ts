import { setCurrentDetails, upsertMemo, upsertSearchAttributes } from '@temporalio/workflow'

import type { ResolvedPipeline } from '../src/config/resolved-pipeline'
import type { NightlyState } from '../src/nightly-state'
import { searchAttributes } from '../src/search-attributes'

/** Keeps a night's state where everybody can read it, as `announcer` does for a run. */
export function nightAnnouncer({ pipeline }: { pipeline: ResolvedPipeline }) {
  const state: NightlyState = {
    pipeline: pipeline.name,
    outcome: 'running',
    reason: 'looking for what changed since the last published run',
    run: null,
    version: null,
    error: null,
  }
  const tell = (news: Partial<NightlyState>) => {
    Object.assign(state, news)
    upsertMemo({ nightly: state })
    upsertSearchAttributes([{ key: searchAttributes.stage, value: state.outcome }])
    setCurrentDetails(asMarkdown(state))
  }
  upsertSearchAttributes([{ key: searchAttributes.pipeline, value: pipeline.name }])
  tell({})

  return {
    because: (reason: string) => tell({ reason }),
    startedRun: (run: string) => tell({ run }),
    ended(end: Partial<NightlyState> & Pick<NightlyState, 'outcome'>): NightlyState {
      tell(end)
      return state
    },
  }
}

function asMarkdown({ outcome, reason, run, version, error }: NightlyState): string {
  return [
    `**${outcome}**: ${reason}`,
    ...(run === null ? [] : [`- run \`${run}\``]),
    ...(version === null ? [] : [`- published version ${version}`]),
    ...(error === null ? [] : [`\n**${error.code}** ${error.message}`]),
  ].join('\n')
}
