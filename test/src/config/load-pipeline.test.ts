import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { ConfigError } from '../../../src/config/fault'
import { formatFaults } from '../../../src/cli/format-faults'
import { loadPipeline } from '../../../src/config/load-pipeline'
import { demo, faultsOf, makeProject } from './helpers'

const project = makeProject()
afterAll(project.remove)
const load = async (text: string) =>
  (await loadPipeline({ path: project.write('pipeline.yaml', text), env: {} })).pipeline

describe('loadPipeline', () => {
  test('resolves the config of the demo: absolute paths, seconds, spot and then on-demand', async () => {
    const { pipeline, warnings } = await loadPipeline({
      path: project.write('pipeline.yaml', demo),
      env: {},
    })
    expect(warnings).toEqual([])
    expect(pipeline).toMatchObject({
      name: 'reviews',
      dataset: {
        path: join(project.folder, 'data/reviews.csv'),
        format: 'csv',
        encoding: 'utf-8',
        onInvalid: 'refuse',
        split: { test: 0.1, seed: 7 },
      },
      model: { kind: 'directory', path: join(project.folder, 'models/minilm') },
      train: {
        entryPoint: 'train.py',
        sourceDir: join(project.folder, 'training'),
        placements: [
          { instanceType: 'ml.g5.xlarge', useSpotInstances: true },
          { instanceType: 'ml.g5.xlarge', useSpotInstances: false },
        ],
        maxRun: 3600,
        maxWait: 7200,
        hyperparameters: { epochs: 1, train_batch_size: 32, learning_rate: 1e-4 },
        estimator: {},
      },
      evaluate: {
        metric: 'eval_accuracy',
        atLeast: 0.75,
        instanceType: 'ml.g5.xlarge',
        maxRun: 3600,
      },
      publish: { model: 'reviews' },
      storage: { prefix: 'holdfast' },
      tags: {},
    })
    expect(pipeline.train.metricDefinitions.map(({ Name }) => Name)).toContain('eval_accuracy')
    expect(JSON.parse(JSON.stringify(pipeline))).toEqual(pipeline)
  })

  test('keeps floats that look like integers, at any depth of the hyperparameters only', async () => {
    const pipeline = await load(
      demo
        .replace(
          'epochs: 1',
          'epochs: 1, a: 1.0, b: 1e0, c: -2.0E+1, d: "1.0", e: [3.0, { f: 0.0 }], g: 0x10, h: 0.5',
        )
        .replace('0.75', '1.0'),
    )
    expect(pipeline.train.hyperparameters).toMatchObject({
      epochs: 1,
      a: { __float__: 1 },
      b: { __float__: 1 },
      c: { __float__: -20 },
      d: '1.0',
      e: [{ __float__: 3 }, { f: { __float__: 0 } }],
      g: 16,
      h: 0.5,
    })
    expect(pipeline.evaluate.atLeast).toBe(1)
  })

  test.each([
    ['distilbert-base-uncased', { kind: 'hub', id: 'distilbert-base-uncased' }],
    ['org/name@v1.0', { kind: 'hub', id: 'org/name', revision: 'v1.0' }],
    ['models/minilm', { kind: 'directory', path: join(project.folder, 'models/minilm') }],
    ['s3://bucket/models/x', { kind: 'directory', path: 's3://bucket/models/x' }],
  ])('reads the model %s as what it is', async (model, source) => {
    expect((await load(demo.replace('./models/minilm', model))).model).toEqual(source)
  })

  test('takes ~ from the HOME it is given', async () => {
    const path = project.write('pipeline.yaml', demo.replace('./models/minilm', '~/models/minilm'))
    const { pipeline } = await loadPipeline({ path, env: { HOME: project.folder } })
    expect(pipeline.model).toEqual({
      kind: 'directory',
      path: join(project.folder, 'models/minilm'),
    })
  })

  test('allows on-demand training without checkpoints, in one placement', async () => {
    const text = demo.replace(
      'useSpotInstances: true',
      'useSpotInstances: false\n  checkpointS3Uri: null',
    )
    const { pipeline, warnings } = await loadPipeline({
      path: project.write('pipeline.yaml', text),
      env: {},
    })
    expect(warnings).toEqual([expect.stringContaining('train.maxWait is for spot training')])
    expect(pipeline.train.placements).toEqual([
      { instanceType: 'ml.g5.xlarge', useSpotInstances: false },
    ])
    expect(pipeline.train.checkpointS3Uri).toBeNull()
  })

  test('waits twice maxRun by default, and trains for at most 24 hours', async () => {
    const { train } = await load(demo.replace(/ {2}max(Run|Wait).*\n/g, ''))
    expect([train.maxRun, train.maxWait]).toEqual([86_400, 172_800])
  })

  test('tells task, bootstrap and correction of slices only where the config has them', async () => {
    const load = async (evaluate: string, gate: string) => {
      const text = demo.replace(/evaluate: .*/, `evaluate: { ${evaluate} }\n${gate}`)
      const { pipeline } = await loadPipeline({ path: project.write('pipeline.yaml', text) })
      return pipeline
    }
    const plain = await load('metric: eval_accuracy', '')
    expect(plain.evaluate).not.toHaveProperty('task')
    expect(plain.evaluate).not.toHaveProperty('bootstrap')
    const sized = await load('metric: eval_accuracy', 'gate: { maxSizeMb: 1 }')
    expect(sized.gate).toEqual({ maxSizeMb: 1 })

    const said = await load(
      'task: text-classification, bootstrap: { confidence: 0.99 }, slices: [shop]',
      'gate: { noSliceWorseBy: 0.1 }',
    )
    expect(said.evaluate).toMatchObject({
      task: 'text-classification',
      bootstrap: { confidence: 0.99 },
    })
    expect(said.gate).toEqual({ noSliceWorseBy: 0.1, sliceCorrection: 'holm' })
    const none = await load(
      'slices: [shop]',
      'gate: { noSliceWorseBy: 0.1, sliceCorrection: none }',
    )
    expect(none.gate).toEqual({ noSliceWorseBy: 0.1, sliceCorrection: 'none' })
  })

  test('takes placements as they are written', async () => {
    const pipeline = await load(
      demo
        .replace(/ {2}(instanceType|useSpot).*\n/g, '')
        .replace(
          '  maxRun',
          '  placements: [{ instanceType: ml.p3.2xlarge }, { instanceType: ml.g5.xlarge, useSpotInstances: false }]\n  maxRun',
        ),
    )
    expect(pipeline.train.placements.map(({ useSpotInstances }) => useSpotInstances)).toEqual([
      true,
      false,
    ])
    expect(pipeline.evaluate.instanceType).toBe('ml.p3.2xlarge')
  })

  test('hands on the arguments of the estimator, and joins tags', async () => {
    const pipeline = await load(
      demo
        .replace(
          '  maxWait',
          '  distribution: { smdistributed: { dataparallel: { enabled: true } } }\n  tags: { team: b, x: y }\n  maxWait',
        )
        .replace('publish:', 'tags: { team: a }\npublish:'),
    )
    expect(pipeline.train.estimator).toEqual({
      distribution: { smdistributed: { dataparallel: { enabled: true } } },
    })
    expect(pipeline.tags).toEqual({ team: 'b', x: 'y' })
  })

  test("allows any instance with an image of one's own", async () => {
    const text = demo.replace(
      / {2}transformers.*\n.*\n.*\n/,
      '  imageUri: 111122223333.dkr.ecr.us-east-1.amazonaws.com/mine:1\n',
    )
    expect((await load(text.replace('ml.g5.xlarge', 'ml.m5.large'))).train.imageUri).toContain(
      'mine:1',
    )
  })

  test('leaves references to secrets as references', async () => {
    const text = demo.replace(
      '  maxWait',
      '  environment: { HF_TOKEN: env:HF_TOKEN, PAD_TOKEN: x, DB_SECRET_ARN: a }\n  maxWait',
    )
    const { pipeline, warnings } = await loadPipeline({
      path: project.write('pipeline.yaml', text),
      env: { HF_TOKEN: 'x' },
    })
    expect(pipeline.train.environment['HF_TOKEN']).toBe('env:HF_TOKEN')
    expect(warnings).toEqual([])
  })

  test('understands anchors, aliases and merges', async () => {
    const text = demo.replace(
      'hyperparameters: {',
      'hyperparameters: { <<: { epochs: 9, warmup: &w 5 }, again: *w,',
    )
    expect((await load(text)).train.hyperparameters).toMatchObject({
      epochs: 1,
      warmup: 5,
      again: 5,
    })
  })

  test('merging __proto__ pollutes nothing', async () => {
    const text = demo.replace(
      'hyperparameters: {',
      'hyperparameters: { <<: { "__proto__": { polluted: true } },',
    )
    const faults = await faultsOf(project.write('pipeline.yaml', text))
    expect(faults.map(({ message }) => message)).toEqual(['this key is reserved'])
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })
})

describe('a file that is no config', () => {
  const fault = async (name: string, content: string | Buffer) => {
    const path = project.write(name)
    await import('node:fs').then(({ writeFileSync }) => writeFileSync(path, content))
    return (await faultsOf(path))[0]?.message
  }
  test('is missing', async () => {
    const faults = await faultsOf(join(project.folder, 'none.yaml'))
    expect(faults).toEqual([
      expect.objectContaining({
        message: 'no such file',
        hint: expect.stringContaining('holdfast init') as string,
      }),
    ])
  })
  test('is a folder', async () =>
    expect((await faultsOf(project.folder))[0]?.message).toBe('not a file'))
  test('is a named pipe, which is not waited for', async () => {
    const pipe = join(project.folder, 'pipe.yaml')
    execFileSync('mkfifo', [pipe])
    expect((await faultsOf(pipe))[0]?.message).toBe('not a file')
  })
  test('is empty', async () =>
    expect(await fault('a.yaml', '\n# nothing\n')).toBe('the file is empty'))
  test('is larger than 1 MiB', async () =>
    expect(await fault('a.yaml', '#'.repeat(1024 * 1024 + 1))).toContain('larger than 1 MiB'))
  test('is not UTF-8', async () =>
    expect(await fault('a.yaml', Buffer.from([0x6e, 0xff, 0xfe]))).toBe('not UTF-8'))
  test('is one word', async () =>
    expect(await fault('a.yaml', 'hello')).toContain('expected a mapping'))
  test('is two documents', async () =>
    expect(await fault('a.yaml', 'a: 1\n---\nb: 2\n')).toBe('a second document begins here'))
  test('is nested deeper than 32', async () =>
    expect(await fault('a.yaml', `a: ${'['.repeat(40)}${']'.repeat(40)}`)).toContain('32 levels'))
  test('is nested so deep that a parser would overflow', async () =>
    expect(await fault('a.yaml', `a: ${'{a: '.repeat(20_000)}`)).toBeDefined())
  test('is a megabyte of opening brackets', async () =>
    expect(await fault('a.yaml', '['.repeat(1_000_000))).toContain('32 levels'))
  test('grows by aliases', async () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
    for (let i = 1; i < 10; i += 1)
      lines.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      )
    expect(await fault('a.yaml', lines.join('\n'))).toContain('values after aliases are expanded')
  })
  test('contains itself', async () => {
    const faults = await faultsOf(project.write('a.yaml', 'name: &a [*a]'))
    expect(faults.map(({ message }) => message)).toContain('*a contains itself')
  })
})

describe('a config in JavaScript', () => {
  const config = {
    name: 'reviews',
    dataset: { path: './data/reviews.csv' },
    model: 'distilbert-base-uncased',
    train: {
      entryPoint: 'train.py',
      sourceDir: './training',
      transformersVersion: '4.56',
      pytorchVersion: '2.8',
      pyVersion: 'py312',
      instanceType: 'ml.g5.xlarge',
      maxRun: '1h',
    },
  }
  test('resolves as the same config in YAML does', async () => {
    const path = project.write('same.config.cjs', `module.exports = ${JSON.stringify(config)}`)
    const { pipeline } = await loadPipeline({ path, env: {} })
    expect(pipeline).toEqual(await load(stringify(config)))
  })
  test('is checked in the same way, with paths instead of lines', async () => {
    const path = project.write(
      'bad.config.cjs',
      `module.exports = ${JSON.stringify({ ...config, nam: 1, model: './none' })}`,
    )
    const faults = await faultsOf(path)
    expect(faults.map((fault) => [fault.line, fault.path])).toEqual([
      [undefined, 'nam'],
      [undefined, 'model'],
    ])
    expect(formatFaults(faults)).toContain(`${path} nam: unknown key\n  did you mean "name"?`)
  })
  test('with functions, dates, cycles or huge numbers is refused', async () => {
    const path = project.write(
      'odd.config.cjs',
      `const c = { f() {}, d: new Date(), n: 2 ** 60 }; c.c = c; module.exports = c`,
    )
    const messages = (await faultsOf(path)).map(({ message }) => message).join('\n')
    for (const part of [
      'found a function',
      'found Date',
      'not a number that JSON keeps',
      'nested more than 32',
    ])
      expect(messages).toContain(part)
  })
  test('that throws says what it threw', async () => {
    const path = project.write('throws.config.cjs', 'throw new Error("not today")')
    expect((await faultsOf(path))[0]?.message).toBe('cannot be loaded: not today')
  })
  test('in TypeScript says which Node it needs where types are not stripped', async () => {
    const path = project.write('a.config.ts', 'export default {}')
    const [fault] = await faultsOf(path)
    const strips = Boolean((process.features as { typescript?: unknown }).typescript)
    expect(fault?.message.includes('does not run TypeScript')).toBe(!strips)
  })
})

describe('formatFaults', () => {
  test('shows place, path, source line, caret and hint', async () => {
    const path = project.write('pipeline.yaml', demo.replace('entryPoint', 'entryPont'))
    const error = await loadPipeline({ path, env: {} }).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(ConfigError)
    const { code, faults } = error as ConfigError
    expect(code).toBe('E_CONFIG')
    expect(formatFaults(faults)).toBe(
      `${path}:6:3 train.entryPont: unknown key\n  6 |   entryPont: train.py\n    |   ^\n  did you mean "entryPoint"?`,
    )
  })
  test('cuts a long line around its fault', () => {
    const sourceLine = `${'x'.repeat(500)}HERE${'y'.repeat(500)}`
    const text = formatFaults([
      { file: 'f', line: 1, column: 501, path: '', message: 'm', sourceLine },
    ])
    const [, shown = '', caret = ''] = text.split('\n')
    expect(shown.length).toBeLessThan(120)
    expect(shown.slice(caret.indexOf('^')).startsWith('HERE')).toBe(true)
  })
})
