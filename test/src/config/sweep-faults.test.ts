import { demo, makeProject } from './helpers'
import { sweepDemo, sweepFaultsOf } from './sweep-helpers'

const lr = '{ distribution: log_uniform_values, min: 1.0e-5, max: 1.0e-3 }'
const batch = '{ values: [16, 32] }'
const long = 'x'.repeat(2600)
const token = `hf_${'a'.repeat(30)}`

/** A change of the sweep, and the fault it must give: `line:column path: message` and a part of the hint. */
const cases: [about: string, from: string | RegExp, to: string, fault: string, hint?: string][] = [
  ['a name that is no slug', 'reviews-lr', 'My Sweep', '1:7 name: not a name', 'lower-case'],
  ['a name that is too long', 'reviews-lr', 'a'.repeat(41), '1:7 name: must be at most 40'],
  ['no name', 'name: reviews-lr\n', '', '1:1 name: required, but missing'],
  [
    'a missing pipeline file',
    './pipeline.yaml',
    './none.yaml',
    '2:11 pipeline: no such file: /',
    'relative to this file',
  ],
  ['a folder as pipeline', './pipeline.yaml', './data', '2:11 pipeline: a directory, not a file'],
  ['a pipeline on S3', './pipeline.yaml', 's3://b/p.yaml', '2:11 pipeline: not a local file'],
  [
    'an unknown method',
    'method: random',
    'method: randon',
    '3:9 method: must be one of "grid", "random", "sobol"',
    'did you mean "random"?',
  ],
  [
    'a method of W&B that we lack',
    'method: random',
    'method: bayes',
    '3:9 method: bayes is not in this version',
    'grid, random and sobol',
  ],
  ['a negative seed', 'seed: 7', 'seed: -1', '4:7 seed: must be at least 0'],
  [
    'early stopping',
    'runCap: 6',
    'early_terminate: { type: hyperband }\nrunCap: 6',
    '9:1 early_terminate: not in this version',
    'train.maxRun',
  ],
  ['a budget', 'runCap: 6', 'budget: { usd: 4 }\nrunCap: 6', '9:1 budget: not in', 'runCap'],
  [
    'a snake_case key',
    'runCap: 6',
    'run_cap: 6',
    '9:1 run_cap: unknown key',
    'camelCase here: "runCap"',
  ],
  [
    'a metric that the pipeline does not define',
    'eval_accuracy',
    'accuracy',
    '5:17 metric.name: none of the pipeline',
    'did you mean "eval_accuracy"? They are: loss,',
  ],
  [
    'a metric that nobody defines',
    'eval_accuracy',
    'perplexity_xyz',
    '5:17 metric.name: none of',
    'train.metricDefinitions adds one',
  ],
  [
    'an unknown direction',
    'goal: maximize',
    'goal: maximise',
    '5:38 metric.goal: must be one of "minimize", "maximize"',
    '"maximize"',
  ],
  ['no direction', ', goal: maximize', '', '5:1 metric.goal: required, but missing'],
  ['no parameters', /parameters:\n( .*\n)+/, 'parameters: {}\n', '6:13 parameters: no parameters'],
  [
    'nothing that varies',
    /parameters:\n( .*\n)+/,
    'parameters: { a: { value: 1 }, b: { values: [2] } }\n',
    '6:1 parameters: nothing varies',
    'holdfast run',
  ],
  ['a bare value', batch, '16', '8:21 parameters.train_batch_size: expected a mapping', '{ value:'],
  ['a bare list', batch, '[16]', '8:21 parameters.train_batch_size: expected a', '{ values:'],
  ['nothing at all', batch, '', '8:21 parameters.train_batch_size: expected a mapping, found noth'],
  ['an empty entry', batch, '{}', '8:3 parameters.train_batch_size: says no values', 'values:'],
  [
    'an empty list',
    '[16, 32]',
    '[]',
    '8:31 parameters.train_batch_size.values: must be at least 1',
  ],
  [
    'a value that is given twice',
    '[16, 32]',
    '[16, 32, 16.0]',
    '8:40 parameters.train_batch_size.values[2]: this value is given twice',
    'probabilities',
  ],
  [
    'value and values together',
    batch,
    '{ value: 1, values: [1, 2] }',
    '8:33 parameters.train_batch_size.values: has no meaning for constant',
    'keep either value or values',
  ],
  [
    'limits beside values',
    '[16, 32]',
    '[16, 32], min: 1',
    '8:41 parameters.train_batch_size.min: has no meaning for categorical',
    'keep either values or min',
  ],
  [
    'too few probabilities',
    '[16, 32]',
    '[16, 32], probabilities: [1]',
    '8:56 parameters.train_batch_size.probabilities: 1 probabilities for 2 values',
  ],
  [
    'probabilities that do not add up',
    '[16, 32]',
    '[16, 32], probabilities: [0.5, 0.4]',
    '8:56 parameters.train_batch_size.probabilities: they add up to 0.9, not to 1',
  ],
  [
    'a probability of nothing',
    '[16, 32]',
    '[16, 32], probabilities: [1, 0]',
    '8:60 parameters.train_batch_size.probabilities[1]: must be more than 0',
  ],
  [
    'limits the wrong way round',
    'min: 1.0e-5, max: 1.0e-3',
    'min: 1.0e-3, max: 1.0e-5',
    '7:72 parameters.learning_rate.max: must be above min (0.001 >= 0.00001)',
  ],
  [
    'one limit only',
    ', max: 1.0e-3',
    '',
    '7:3 parameters.learning_rate.max: required for log_uniform_values, but missing',
  ],
  [
    'a limit as text',
    'min: 1.0e-5',
    'min: "1e-5"',
    '7:59 parameters.learning_rate.min: expected a number, found text',
    'remove the quotes: 1e-5',
  ],
  [
    'a logarithm of nothing',
    'min: 1.0e-5',
    'min: 0.0',
    '7:59 parameters.learning_rate.min: must be above 0',
    'uniform',
  ],
  [
    'a logarithm of whole numbers below 1',
    lr,
    '{ distribution: int_log_uniform, min: 0, max: 4 }',
    '7:56 parameters.learning_rate.min: must be at least 1',
    'int_uniform',
  ],
  [
    'whole numbers with a fraction',
    lr,
    '{ distribution: int_uniform, min: 1, max: 4.5 }',
    '7:60 parameters.learning_rate.max: not a whole number',
    'uniform',
  ],
  [
    'a step of nothing',
    lr,
    '{ distribution: q_uniform, min: 1, max: 4, q: 0 }',
    '7:64 parameters.learning_rate.q: must be more than 0',
  ],
  [
    'a step wider than the range',
    lr,
    '{ distribution: q_uniform, min: 1, max: 4, q: 5 }',
    '7:64 parameters.learning_rate.q: more than max - min (5 > 3)',
  ],
  [
    'a step by default that is wider than the range',
    lr,
    '{ distribution: q_log_uniform_values, min: 0.1, max: 0.2 }',
    '7:3 parameters.learning_rate.q: more than max - min (1 > 0.1)',
    'q is 1 when',
  ],
  [
    'a range with one multiple',
    lr,
    '{ distribution: q_uniform, min: 5, max: 11, q: 6 }',
    '7:65 parameters.learning_rate.q: only one multiple of 6 lies between 5 and 11',
  ],
  [
    'a step finer than values are',
    lr,
    '{ distribution: q_uniform, min: 1, max: 4, q: 1.0e-12 }',
    '7:64 parameters.learning_rate.q: 1e-12 is finer than the 12 significant digits',
    'without q values have 6 digits',
  ],
  [
    'a normal step finer than values are',
    lr,
    '{ distribution: q_normal, mu: 1000, q: 1.0e-9 }',
    '7:57 parameters.learning_rate.q: 1e-9 is finer than the 12 significant digits',
  ],
  [
    'values too long for the sweep to remember',
    batch,
    `${batch}\n${Array.from({ length: 20 }, (_, index) => `  text${index}: { value: ${'x'.repeat(2100)} }`).join('\n')}`,
    '6:1 parameters: the hyperparameters of a trial may take 42',
    'short names',
  ],
  [
    'a step without a distribution',
    lr,
    '{ min: 1, max: 4, q: 1 }',
    '7:36 parameters.learning_rate.q: does not tell the distribution',
    'q_uniform',
  ],
  [
    'a mean of the logarithm beyond all numbers',
    lr,
    '{ distribution: log_normal, mu: 1000 }',
    '7:50 parameters.learning_rate.mu: these are the mean and deviation of the logarithm',
    'mu: -6.9',
  ],
  [
    'exponents as limits',
    lr,
    '{ distribution: log_uniform, min: -11.5, max: -6.9 }',
    "7:34 parameters.learning_rate.distribution: W&B's log_uniform takes exponents of e",
    '{ distribution: log_uniform_values, min: 0.0000101, max: 0.00101 }',
  ],
  [
    'values where W&B takes exponents',
    'log_uniform_values',
    'log_uniform',
    "7:34 parameters.learning_rate.distribution: W&B's log_uniform takes exponents",
    'if 0.00001 and 0.001 are the values themselves, use log_uniform_values',
  ],
  [
    'inverse exponents',
    lr,
    '{ distribution: inv_log_uniform, min: 2, max: 3 }',
    "7:34 parameters.learning_rate.distribution: W&B's inv_log_uniform",
    'inv_log_uniform_values, min: 0.0498, max: 0.135',
  ],
  [
    'a beta distribution',
    lr,
    '{ distribution: q_beta, min: 1 }',
    '7:34 parameters.learning_rate.distribution: q_beta is not in this version',
    'q_uniform',
  ],
  [
    'a mistyped distribution',
    'log_uniform_values',
    'log_uniform_value',
    '7:34 parameters.learning_rate.distribution: must be one of',
    '"log_uniform_values"',
  ],
  [
    'nested parameters',
    batch,
    '{ parameters: { a: { value: 1 } } }',
    '8:23 parameters.train_batch_size.parameters: nested parameters are not in',
    'flat',
  ],
  [
    'a mistyped key of a parameter',
    'values: [16',
    'vales: [16',
    '8:23 parameters.train_batch_size.vales: unknown key',
    'did you mean "values"?',
  ],
  [
    'a condition on an unknown parameter',
    '[16, 32]',
    '[16, 32], when: { learning_rat: 1 }',
    '8:49 parameters.train_batch_size.when.learning_rat: no such parameter',
    'did you mean "learning_rate"?',
  ],
  [
    'a condition on a later parameter',
    'max: 1.0e-3',
    'max: 1.0e-3, when: { train_batch_size: 16 }',
    '7:88 parameters.learning_rate.when.train_batch_size: a later parameter',
    'move "train_batch_size" above',
  ],
  [
    'a condition on itself',
    '[16, 32]',
    '[16, 32], when: { train_batch_size: 16 }',
    '8:49 parameters.train_batch_size.when.train_batch_size: a condition on itself',
  ],
  [
    'a condition on a range of floats',
    '[16, 32]',
    '[16, 32], when: { learning_rate: 1.0e-4 }',
    '8:49 parameters.train_batch_size.when.learning_rate: log_uniform_values has no values',
  ],
  [
    'a condition that is never met',
    batch,
    `${batch}\n  r: { min: 1, max: 4, when: { train_batch_size: [16, 64] } }`,
    '9:55 parameters.r.when.train_batch_size[1]: train_batch_size never has this value',
    'its values: 16, 32',
  ],
  [
    'conditions that exclude one another',
    batch,
    `${batch}\n  r: { values: [1, 2], when: { train_batch_size: 16 } }\n  s: { min: 1, max: 2, when: { train_batch_size: 32, r: 1 } }`,
    '10:54 parameters.s.when.r: can never be met: "r" itself needs another value',
    '"s" would be in no trial',
  ],
  [
    'a name of SageMaker',
    'learning_rate',
    'sagemaker_program',
    '7:3 parameters.sagemaker_program: names that start with sagemaker_',
  ],
  ['an empty name', 'learning_rate', '""', '7:3 parameters.: must not be empty'],
  [
    'a value that is too long',
    '[16, 32]',
    `[16, ${long}]`,
    '8:36 parameters.train_batch_size.values[1]: 2602 characters as JSON',
    'sourceDir',
  ],
  [
    'a secret as a value',
    '[16, 32]',
    `[16, ${token}]`,
    '8:36 parameters.train_batch_size.values[1]: a Hugging Face token in plain text',
    'env:NAME',
  ],
  [
    'more hyperparameters than SageMaker takes',
    batch,
    `${batch}\n${Array.from({ length: 100 }, (_, i) => `  p${i}: { value: 1 }`).join('\n')}`,
    '6:1 parameters: 103 hyperparameters with those of the pipeline',
  ],
  [
    'more dimensions than sobol has',
    /method: random([^]*)parameters:/,
    `method: sobol$1parameters:\n${Array.from({ length: 63 }, (_, i) => `  p${i}: { min: 1, max: 2 }`).join('\n')}`,
    '3:9 method: 65 parameters vary; sobol has 64 dimensions',
    'random',
  ],
  [
    'a grid over floats',
    'method: random',
    'method: grid',
    '7:3 parameters.learning_rate: a grid has no end over log_uniform_values',
    'random',
  ],
  [
    'a grid of more points than are ever tried',
    /method: random([^]*)\{ distribution[^}]*\}([^]*)runCap: 6\n/,
    'method: grid$1{ min: 1, max: 9000 }$2',
    '6:1 parameters: a grid of 18000 points',
    'runCap',
  ],
  ['no cap', 'runCap: 6\n', '', '1:1 runCap: required for random', 'such as 20'],
  ['a cap of nothing', 'runCap: 6', 'runCap: 0', '9:9 runCap: must be at least 1'],
  ['too many trials', 'runCap: 6', 'runCap: 10001', '9:9 runCap: must be at most 10000'],
  ['more at a time than in all', 'parallel: 2', 'parallel: 7', '10:11 parallel: more than there'],
  ['too many at a time', 'parallel: 2', 'parallel: 501', '10:11 parallel: must be at most 500'],
  [
    'a price of nothing',
    'runCap: 6',
    'prices: { ml.g5.xlarge: 0 }\nrunCap: 6',
    '9:25 prices.ml.g5.xlarge: must be more than 0',
  ],
  [
    'a price of an unknown thing',
    'runCap: 6',
    'prices: { g5.xlarge: 1 }\nrunCap: 6',
    '9:11 prices.g5.xlarge: not a SageMaker instance type',
  ],
  ['broken YAML', '[16, 32] }', '[16, 32', '9:1 '],
]

describe('a faulty sweep', () => {
  const project = makeProject()
  project.write('pipeline.yaml', demo)
  afterAll(project.remove)

  test.each(cases.map(([about, from, to, fault, hint]) => ({ about, from, to, fault, hint })))(
    'with $about is refused at its place',
    async ({ from, to, fault, hint }) => {
      const text = sweepDemo.replace(from, to)
      expect(text).not.toBe(sweepDemo)
      const faults = await sweepFaultsOf(project.write('sweep.yaml', text))
      const said = faults.map(
        ({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`,
      )
      const index = said.findIndex((each) => each.startsWith(fault))
      expect(said.join('\n')).toContain(fault)
      if (hint) expect(faults[index]?.hint).toContain(hint)
      if (fault !== '9:1 ') expect(said).toHaveLength(1)
    },
  )

  test('never shows the secret it refuses', async () => {
    const path = project.write('sweep.yaml', sweepDemo.replace('[16, 32]', `[16, ${token}]`))
    expect(JSON.stringify(await sweepFaultsOf(path))).not.toContain('aaaaaa')
  })
})
