import {
  isCancellation,
  setCurrentDetails,
  upsertMemo,
  upsertSearchAttributes,
} from '@temporalio/workflow'

import type { DeploymentState } from '../src/deploy/release'
import { searchAttributes } from '../src/search-attributes'
import { runErrorOf } from './failures'

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
  const ended = (outcome: DeploymentState['outcome'], news: Partial<DeploymentState> = {}) => {
    tell({ ...news, outcome, phase: outcome })
    return state
  }
  return {
    state,
    begins: (phase: string) => tell({ phase }),
    knows: (news: Pick<Partial<DeploymentState>, 'configName' | 'previous'>) => tell(news),
    ended,
    /** Work that nothing has to be undone of: what it fails with is said before it goes on. */
    async orFailed<T>(work: () => Promise<T>): Promise<T> {
      try {
        return await work()
      } catch (error) {
        if (!isCancellation(error)) {
          const { code, message, hint } = runErrorOf(error)
          ended('failed', { error: { code, message, ...(hint ? { hint } : {}) } })
        }
        throw error
      }
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
