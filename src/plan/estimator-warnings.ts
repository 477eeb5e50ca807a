/** What a training request sends, or leaves out, without the service or the SDK saying a word. */

import type { ResolvedPipeline } from '../config/resolved-pipeline'
import { didYouMean } from '../config/did-you-mean'
import { unknownRules } from '../estimator/built-in-rules'
import type { Rule } from '../estimator/debugger-rules'
import { unsentParts } from '../estimator/distribution'
import type { Distribution } from '../estimator/distribution'
import { unknownFields } from '../aws/service-model/unknown-fields'

export function estimatorWarnings({ train }: Pick<ResolvedPipeline, 'train'>): string[] {
  const { distribution, rules, raw } = train.estimator as {
    distribution?: Distribution
    rules?: Rule[]
    raw?: object
  }
  return [
    ...(distribution ? unsentParts(distribution) : []),
    ...unknownRules(rules ?? []).map(
      ({ name, known }) =>
        `${name} is not a built-in rule that we know${suggestion(didYouMean(name, known))}; a rule of your own needs imageUri`,
    ),
    ...unknownFields({ value: raw ?? {}, shape: 'CreateTrainingJobRequest' }).map(
      ({ path, name, known }) =>
        `train.raw.${path} is no field of CreateTrainingJob that we know${suggestion(didYouMean(name, known))}; it is sent as it is`,
    ),
  ]
}

function suggestion(meant: string | undefined): string {
  return meant === undefined ? '' : ` (did you mean ${meant}?)`
}
