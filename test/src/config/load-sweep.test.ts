import { join } from 'node:path'
import { loadPipeline } from '../../../src/config/load-pipeline'
import { loadSweep } from '../../../src/config/load-sweep'
import { ConfigError } from '../../../src/config/fault'
import { formatFaults } from '../../../src/cli/format-faults'
import { demo, makeProject } from './helpers'
import { sweepDemo, sweepFaultsOf } from './sweep-helpers'

const project = makeProject()
const pipelinePath = project.write(
  'pipeline.yaml',
  demo.replace('test: 0.1', 'test: 0.1, validation: 0.1'),
)
afterAll(project.remove)

const load = (text: string) => loadSweep({ path: project.write('sweep.yaml', text), env: {} })
const parametersOf = async (block: string) =>
  (await load(sweepDemo.replace(/parameters:\n( .*\n)+/, `parameters:\n${block}`))).sweep.parameters

test('a sweep resolves with its pipeline and every default', async () => {
  const { pipeline } = await loadPipeline({ path: pipelinePath, env: {} })
  expect(await load(sweepDemo)).toEqual({
    sweep: {
      name: 'reviews-lr',
      pipeline,
      method: 'random',
      seed: 7,
      metric: { name: 'eval_accuracy', goal: 'maximize' },
      parameters: [
        {
          name: 'learning_rate',
          distribution: { kind: 'log_uniform_values', min: 1e-5, max: 1e-3 },
        },
        { name: 'train_batch_size', distribution: { kind: 'categorical', values: [16, 32] } },
      ],
      runCap: 6,
      parallel: 2,
      maxConsecutiveFailures: 10,
      publishBest: true,
    },
    prices: {},
    warnings: [],
  })
})

test('the resolved sweep is plain JSON', async () => {
  const { sweep } = await load(sweepDemo)
  expect(JSON.parse(JSON.stringify(sweep))).toEqual(sweep)
})

test('prices are read', async () => {
  const { prices } = await load(`${sweepDemo}prices: { ml.g5.xlarge: 1.41, ml.p3.2xlarge: 3 }\n`)
  expect(prices).toEqual({ 'ml.g5.xlarge': 1.41, 'ml.p3.2xlarge': 3 })
})

test.each([
  ['{ value: adamw_torch }', { kind: 'constant', value: 'adamw_torch' }],
  ['{ value: 1.0 }', { kind: 'constant', value: { __float__: 1 } }],
  ['{ values: [1.0, 0.5] }', { kind: 'categorical', values: [{ __float__: 1 }, 0.5] }],
  [
    '{ values: [a, b], probabilities: [0.25, 0.75] }',
    { kind: 'categorical', values: ['a', 'b'], probabilities: [0.25, 0.75] },
  ],
  ['{ min: 1, max: 4 }', { kind: 'int_uniform', min: 1, max: 4 }],
  ['{ min: 1.0, max: 4 }', { kind: 'uniform', min: 1, max: 4 }],
  ['{ min: 0, max: 0.3 }', { kind: 'uniform', min: 0, max: 0.3 }],
  ['{ distribution: uniform, min: 0, max: 1 }', { kind: 'uniform', min: 0, max: 1 }],
  [
    '{ distribution: q_uniform, min: 2, max: 12, q: 2 }',
    { kind: 'q_uniform', min: 2, max: 12, q: 2 },
  ],
  ['{ distribution: q_uniform, min: 2, max: 12 }', { kind: 'q_uniform', min: 2, max: 12, q: 1 }],
  [
    '{ distribution: log_uniform_values, min: 1e-6, max: 1e-3 }',
    { kind: 'log_uniform_values', min: 1e-6, max: 1e-3 },
  ],
  [
    '{ distribution: int_log_uniform, min: 4, max: 64 }',
    { kind: 'int_log_uniform', min: 4, max: 64 },
  ],
  ['{ distribution: normal }', { kind: 'normal', mu: 0, sigma: 1 }],
  [
    '{ distribution: q_log_normal, mu: 2, q: 0.5 }',
    { kind: 'q_log_normal', mu: 2, sigma: 1, q: 0.5 },
  ],
])('the parameter %s is what W&B makes of it', async (written, distribution) => {
  const [parameter] = await parametersOf(`  x: ${written}\n  y: { values: [1, 2] }\n`)
  expect(parameter).toEqual({ name: 'x', distribution })
})

test('a condition keeps the values as the earlier parameter has them', async () => {
  const parameters = await parametersOf(
    '  peft: { values: [none, lora, dora] }\n  scale: { values: [1.0, 2.0] }\n  r: { min: 4, max: 64, when: { peft: [lora, dora], scale: 1 } }\n',
  )
  expect(parameters[2]).toEqual({
    name: 'r',
    distribution: { kind: 'int_uniform', min: 4, max: 64 },
    when: { peft: ['lora', 'dora'], scale: [{ __float__: 1 }] },
  })
})

describe('a grid', () => {
  const grid = sweepDemo
    .replace('method: random', 'method: grid')
    .replace(/ {2}learning_rate.*/, '  epochs: { min: 1, max: 3 }')
  test('has its own size as its cap', async () => {
    expect((await load(grid.replace('runCap: 6\n', ''))).sweep.runCap).toBe(6)
  })
  test('is clamped to its size, with a warning', async () => {
    const { sweep, warnings } = await load(grid.replace('runCap: 6', 'runCap: 60'))
    expect(sweep.runCap).toBe(6)
    expect(warnings).toEqual(['runCap is 60, but the grid has 6 points: 6 will run'])
  })
  test('of more than 10,000 points may be run in part', async () => {
    const large = grid.replace('max: 3', 'max: 30000')
    expect((await load(large)).sweep.runCap).toBe(6)
  })
})

test.each([
  [
    'there are fewer different points than trials',
    / {2}learning_rate.*\n/,
    '',
    'only 2 different points',
  ],
  ['a loss is to be maximized', 'eval_accuracy', 'eval_loss', 'sounds like the opposite'],
  ['a number is written as text', '[16, 32]', '["16", "32"]', 'remove the quotes if'],
])('a warning says that %s', async (_, from, to, warning) => {
  const { warnings } = await load(sweepDemo.replace(from, to))
  expect(warnings).toEqual([expect.stringContaining(warning)])
})

test('warnings say what the pipeline lacks for a sweep, and what else is odd about it', async () => {
  project.write('bare.yaml', demo.replace(/publish: .*\n/, ''))
  const { warnings } = await load(sweepDemo.replace('./pipeline.yaml', './bare.yaml'))
  expect(warnings).toEqual([
    expect.stringContaining('no dataset.split.validation'),
    expect.stringContaining('the pipeline has no publish'),
  ])
  const quiet = await load(
    `${sweepDemo.replace('./pipeline.yaml', './bare.yaml')}publishBest: false\n`,
  )
  expect(quiet.warnings.join()).not.toContain('publishBest')
})

test('all faults of both files are reported at once, each with its own file and line', async () => {
  project.write(
    'bad.yaml',
    demo.replace('maxRun: 1h', 'maxRun: 60').replace('reviews.csv', 'no.csv'),
  )
  const path = project.write(
    'sweep.yaml',
    sweepDemo
      .replace('./pipeline.yaml', './bad.yaml')
      .replace('eval_accuracy', 'accuracy')
      .replace('min: 1.0e-5', 'min: 0.0')
      .replace('parallel: 2', 'parallel: 9'),
  )
  const error = await loadSweep({ path, env: {} }).catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(ConfigError)
  const { faults, code } = error as ConfigError
  expect(code).toBe('E_CONFIG')
  const bad = join(project.folder, 'bad.yaml')
  expect(faults.map(({ file, line, path: at }) => [file, line, at])).toEqual([
    [path, 5, 'metric.name'],
    [path, 7, 'parameters.learning_rate.min'],
    [path, 10, 'parallel'],
    [bad, 2, 'dataset.path'],
    [bad, 13, 'train.maxRun'],
  ])
  expect(formatFaults(faults)).toContain(`${bad}:13:11 train.maxRun: a bare number`)
})

test('a missing sweep, an empty one and a folder are faults of the file', async () => {
  const none = join(project.folder, 'none.yaml')
  expect(await sweepFaultsOf(none)).toEqual([
    expect.objectContaining({ file: none, path: '', message: 'no such file' }),
  ])
  expect((await sweepFaultsOf(project.folder))[0]?.message).toBe('not a file')
  expect((await sweepFaultsOf(project.write('empty.yaml')))[0]).toMatchObject({
    message: 'the file is empty',
    hint: expect.stringContaining('docs/config.md') as string,
  })
})
