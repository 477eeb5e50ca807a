import { stringify } from 'yaml'
import { pythonFloat } from '../../../src/config/define-pipeline'
import {
  choice,
  constant,
  defineSweep,
  int,
  logInt,
  logUniform,
  uniform,
  when,
} from '../../../src/config/define-sweep'
import { loadSweep } from '../../../src/config/load-sweep'
import { demo, makeProject } from './helpers'
import { sweepFaultsOf } from './sweep-helpers'

const project = makeProject()
project.write('pipeline.yaml', demo)
afterAll(project.remove)

const written = defineSweep({
  name: 'reviews-lora',
  pipeline: './pipeline.yaml',
  method: 'sobol',
  metric: { name: 'eval_loss', goal: 'minimize' },
  parameters: {
    learning_rate: logUniform(1e-5, 1e-3),
    warmup: uniform(0, 1),
    epochs: int(1, 3),
    peft: choice('none', 'lora'),
    lora_r: when({ peft: 'lora' }, logInt(4, 64)),
    scale: choice(pythonFloat(1), 0.5),
    optim: constant('adamw_torch'),
  },
  runCap: 20,
})

test('a sweep written in code resolves with the same meaning as its words in YAML', async () => {
  const path = project.write('sweep.cjs', `module.exports = ${JSON.stringify(written)}`)
  const { sweep } = await loadSweep({ path, env: {} })
  expect(sweep.parameters.map(({ name, distribution }) => [name, distribution.kind])).toEqual([
    ['learning_rate', 'log_uniform_values'],
    ['warmup', 'uniform'],
    ['epochs', 'int_uniform'],
    ['peft', 'categorical'],
    ['lora_r', 'int_log_uniform'],
    ['scale', 'categorical'],
    ['optim', 'constant'],
  ])
  expect(sweep.parameters[4]?.when).toEqual({ peft: ['lora'] })
  expect(sweep.parameters[5]?.distribution).toEqual({
    kind: 'categorical',
    values: [{ __float__: 1 }, 0.5],
  })
  const yaml = project.write('sweep.yaml', stringify(written))
  expect((await loadSweep({ path: yaml, env: {} })).sweep).toEqual(sweep)
})

test('faults of a sweep written in code have paths instead of lines', async () => {
  const path = project.write(
    'bad.cjs',
    `module.exports = ${JSON.stringify({ ...written, runCap: 0, pipelin: 1 })}`,
  )
  const faults = await sweepFaultsOf(path)
  expect(faults.map(({ line, path: at }) => [line, at])).toEqual([
    [undefined, 'runCap'],
    [undefined, 'pipelin'],
  ])
})

test('a module without a default export is told of defineSweep', async () => {
  const [fault] = await sweepFaultsOf(project.write('none.mjs', 'export const x = 1'))
  expect(fault?.message ?? '').toMatch(/no default export|cannot be loaded/)
})
