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
