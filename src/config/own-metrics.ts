import type { Finding } from './fault'
import type { EvaluationTask } from './resolved-pipeline'

const ofLabels = ['eval_accuracy', 'eval_f1', 'eval_precision', 'eval_recall', 'eval_loss']

/** What Holdfast's own evaluate.py writes, by task. */
const byTask: Record<EvaluationTask, readonly string[]> = {
  'text-classification': [...ofLabels, 'eval_brier', 'eval_ece'],
  'token-classification': ofLabels,
  'text-generation': ['eval_exact_match', 'eval_rouge1', 'eval_rouge2', 'eval_rougeL'],
}

export function ownMetrics(task: string | undefined): readonly string[] {
  return byTask[task as EvaluationTask] ?? byTask['text-classification']
}

/** From 0 to 1, the more the better. */
const shares = [
  ...['eval_accuracy', 'eval_f1', 'eval_precision', 'eval_recall'],
  ...byTask['text-generation'],
]

/** What no model can reach, such as an accuracy of 85: it would be trained in vain. */
export function outOfReach(
  metric: string,
  atLeast: unknown,
): Pick<Finding, 'message' | 'hint'> | undefined {
  if (!shares.includes(metric) || typeof atLeast !== 'number' || atLeast <= 1) return undefined
  return {
    message: `no model reaches it: ${metric} is at most 1`,
    hint: atLeast <= 100 ? `write ${atLeast / 100} for ${atLeast} %` : undefined,
  }
}
