import { setCurrentDetails, upsertMemo, upsertSearchAttributes } from '@temporalio/workflow'

import { searchAttributes } from '../src/search-attributes'
import {
  newTransformState,
  type TransformOrder,
  type TransformState,
} from '../src/transform/transform-order'

/** Keeps the state of a transform where everybody can read it, as `announcer` does for a run. */
export function transformAnnouncer(order: Pick<TransformOrder, 'name' | 'source'>) {
  const state = newTransformState(order)
  const tell = (news: Partial<TransformState>) => {
    Object.assign(state, news)
    upsertMemo({ transform: state })
    upsertSearchAttributes([{ key: searchAttributes.stage, value: state.phase }])
    setCurrentDetails(asMarkdown(state))
  }
  return {
    state,
    begins: (phase: string) => tell({ phase }),
    runsIn: (job: string, attempts: number, outputUri: string) =>
      tell({ phase: 'transform', job, attempts, outputUri }),
    ended(outcome: TransformState['outcome'], news: Partial<TransformState> = {}) {
      tell({ ...news, outcome, phase: outcome })
      return state
    },
  }
}

function asMarkdown({ source, phase, job, transformed, error }: TransformState): string {
  return [
    `**transform** by ${source}: ${phase}`,
    ...(job === null ? [] : [`- job \`${job}\``]),
    ...(transformed === null ? [] : [`- ${transformed.inputs} objects answered`]),
    ...(error === null ? [] : [`\n**${error.code}** ${error.message}`]),
  ].join('\n')
}
