/**
 * What Hugging Face's Trainer logs, as SageMaker metric definitions. The Trainer prints Python
 * dictionaries (`{'loss': 0.41, 'epoch': 0.5}`; transformers 5 quotes the numbers), Holdfast's
 * checkpoint helper JSON; the quote before the name keeps `loss` from matching `eval_loss`.
 */
const names = [
  'loss',
  'learning_rate',
  'grad_norm',
  'epoch',
  'eval_loss',
  'eval_accuracy',
  'eval_f1',
  'eval_precision',
  'eval_recall',
  'train_loss',
  'train_runtime',
  'train_samples_per_second',
]

export const trainerMetricDefinitions = names.map((name) => ({
  Name: name,
  Regex: `["']${name}["']: ["']?([-+]?[0-9]*[.]?[0-9]+(?:[eE][-+]?[0-9]+)?)`,
}))
