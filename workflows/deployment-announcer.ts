import { setCurrentDetails, upsertMemo, upsertSearchAttributes } from '@temporalio/workflow'

import type { DeploymentState } from '../src/deploy/release'
import { searchAttributes } from '../src/search-attributes'

/** Keeps the state of a change where everybody can read it, as `announcer` does for a run. */
export function deploymentAnnouncer(
  start: Pick<DeploymentState, 'endpointName' | 'change'> &
    Partial<Pick<DeploymentState, 'version' | 'source'>>,
) {
  const state: DeploymentState = {
    version: null,
    source: null,
    ...start,
    phase: 'looking',
    outcome: 'running',
    configName: null,
    previous: null,
    error: null,
  }
  const tell = (news: Partial<DeploymentState>) => {
    Object.assign(state, news)
    upsertMemo({ deployment: state })
    upsertSearchAttributes([{ key: searchAttributes.stage, value: state.phase }])
    setCurrentDetails(asMarkdown(state))
  }
  tell({})
  return {
    state,
    begins: (phase: string) => tell({ phase }),
    knows: (news: Pick<Partial<DeploymentState>, 'configName' | 'previous'>) => tell(news),
    ended(outcome: DeploymentState['outcome'], news: Partial<DeploymentState> = {}) {
      tell({ ...news, outcome, phase: outcome })
      return state
    },
  }
}

function asMarkdown({ change, endpointName, phase, source, error }: DeploymentState): string {
  return [
    `**${change}** of \`${endpointName}\`: ${phase}`,
    ...(source === null ? [] : [`- ${source}`]),
    ...(error === null ? [] : [`\n**${error.code}** ${error.message}`]),
  ].join('\n')
}
