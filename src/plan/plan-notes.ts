import { hasDataset } from '../config/has-dataset'
import type { ResolvedPipeline } from '../config/resolved-pipeline'
import { gateRules } from './gate-rules'

/** What the calls of a plan do not say by themselves. */
export function planNotes(pipeline: ResolvedPipeline): string[] {
  const { train, storage } = pipeline
  return [
    'Names in angle brackets are decided by the run: hashes of its content and of its id.',
    'A call with <file> is made for each file; large files go up in parts. What is there already is not written again. Calls that only look are left out.',
    ...(storage.bucket === undefined ? ['The bucket is created when it does not exist.'] : []),
    ...(train.gitConfig
      ? [`The script lies in ${train.gitConfig.repo}: its arguments were not checked.`]
      : []),
    ...(train.placements.some((one) => one.useSpotInstances)
      ? ['A spot interruption is resumed by SageMaker inside the same job.']
      : []),
    ...(train.placements.length > 1
      ? ['The next placement follows a lack of capacity, with the same checkpoints.']
      : []),
    publishNote(pipeline),
  ]
}

function publishNote(pipeline: ResolvedPipeline): string {
  const { publish } = pipeline
  if (!hasDataset(pipeline))
    return 'Without a dataset nothing is evaluated or published: the run ends with its training.'
  if (!publish) return 'Nothing is published: the pipeline has no `publish`.'
  return `The next version of ${publish.model} is published when ${listed(gateRules(pipeline))}.`
}

function listed(rules: string[]): string {
  return rules.length < 2 ? rules.join('') : `${rules.slice(0, -1).join(', ')} and ${rules.at(-1)}`
}
