import type { Finding } from './fault'

/** What Holdfast's own evaluate.py writes of a text classifier. */
export const ownMetrics = [
  'eval_accuracy',
  'eval_f1',
  'eval_precision',
  'eval_recall',
  'eval_loss',
  'eval_brier',
  'eval_ece',
]

const shares = ['eval_accuracy', 'eval_f1', 'eval_precision', 'eval_recall']

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
