import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { demo, faultsOf, makeProject } from './helpers'

/** A change of the demo's config, and the fault it must give: `line:column path: message` and a part of the hint. */
const cases: [about: string, from: string | RegExp, to: string, fault: string, hint?: string][] = [
  [
    'an unknown key',
    'entryPoint',
    'entryPont',
    '6:3 train.entryPont: unknown key',
    'did you mean "entryPoint"?',
  ],
  ['an unknown key of the top level', 'publish', 'publis', '17:1 publis: unknown key', '"publish"'],
  [
    'a snake_case key of the estimator',
    'sourceDir',
    'source_dir',
    '7:3 train.source_dir: unknown key',
    'camelCase here: "sourceDir"',
  ],
  [
    'a key of another section',
    '  maxRun: 1h',
    '  maxLength: 48\n  maxRun: 1h',
    '13:3 train.maxLength: unknown key',
    'belongs below "preprocess"',
  ],
  [
    'a name that is no slug',
    'name: reviews',
    'name: My Reviews',
    '1:7 name: not a name',
    'lower-case',
  ],
  ['a missing name', 'name: reviews\n', '', '1:1 name: required, but missing'],
  ['a gate without a dataset', /dataset: .*\n/, '', '15:1 evaluate: needs a dataset'],
  ['a published model without a dataset', /dataset: .*\n/, '', '16:1 publish: needs a dataset'],
  [
    'a rule of the gate under evaluate',
    'atLeast: 0.75',
    'beatsChampionBy: 0.01',
    '16:36 evaluate.beatsChampionBy: unknown key',
    'belongs below "gate"',
  ],
  [
    'a limit of a metric that is not measured',
    /publish: .*/,
    'publish: { model: reviews }\ngate: { thresholds: { eval_f2: 0.5 } }',
    'gate.thresholds.eval_f2: not a metric that the evaluation writes',
    'one of eval_accuracy',
  ],
  [
    'an accuracy in percent',
    'atLeast: 0.75',
    'atLeast: 75',
    '16:45 evaluate.atLeast: no model reaches it: eval_accuracy is at most 1',
    'write 0.75 for 75 %',
  ],
  [
    'a limit in percent',
    /publish: .*/,
    'publish: { model: reviews }\ngate: { thresholds: { eval_f1: 60 } }',
    'gate.thresholds.eval_f1: no model reaches it: eval_f1 is at most 1',
    'write 0.6 for 60 %',
  ],
  [
    'another task for rows that are prepared for texts',
    'metric: eval_accuracy, atLeast: 0.75',
    'task: token-classification',
    '16:19 evaluate.task: rows are prepared for text classification only',
    'dataset.format: arrow',
  ],
  [
    'a folder that holds no splits',
    /dataset: .*/,
    'dataset: { path: ./models, format: arrow }',
    '2:18 dataset.path: no train/state.json and no test/state.json in ',
    'DatasetDict.save_to_disk',
  ],
  [
    'a split of rows that are split already',
    /dataset: .*/,
    'dataset: { path: ./models, format: arrow, split: { test: 0.1 } }',
    'dataset.split: says nothing of rows that are prepared already',
    'remove it',
  ],
  [
    'a metric of another task',
    'metric: eval_accuracy, atLeast: 0.75',
    'task: token-classification, metric: eval_brier',
    'evaluate.metric: not a metric that the evaluation writes',
    'one of eval_accuracy, eval_f1, eval_precision, eval_recall, eval_loss;',
  ],
  [
    'a task that the default metric is not of',
    /dataset: .*([^]*)evaluate: .*/,
    'dataset: { path: ./mine, format: arrow }$1evaluate: { task: text-generation }',
    '16:19 evaluate.task: needs evaluate.metric: eval_accuracy, its default, is not measured',
    'one of eval_exact_match',
  ],
  [
    'a confidence in per cent',
    'atLeast: 0.75',
    'bootstrap: { confidence: 95 }',
    'evaluate.bootstrap.confidence: ',
  ],
  [
    'a correction of nothing',
    /publish: .*/,
    'publish: { model: reviews }\ngate: { sliceCorrection: none }',
    'gate.sliceCorrection: no slice is judged',
    'noSliceWorseBy',
  ],
  [
    'limits that nothing is within',
    /publish: .*/,
    'publish: { model: reviews }\ngate: { thresholds: { eval_f1: { atLeast: 0.9, atMost: 0.8 } } }',
    'gate.thresholds.eval_f1: nothing is at least 0.9 and at most 0.8',
  ],
  [
    'a champion of nothing',
    /publish: .*/,
    'gate: { beatsChampionBy: 0.01 }',
    'gate.beatsChampionBy: needs publish',
    'add publish',
  ],
  [
    'slices to compare and none to score',
    /publish: .*/,
    'publish: { model: reviews }\ngate: { noSliceWorseBy: 0.05 }',
    'gate.noSliceWorseBy: there are no slices',
    'evaluate.slices',
  ],
  [
    'a slice named like a column of the prepared rows',
    'atLeast: 0.75',
    'slices: [input_ids]',
    'evaluate.slices[0]: the prepared rows have a column of this name already',
  ],
  [
    'a time-out of an approval that nobody is asked for',
    /publish: .*/,
    'publish: { model: reviews }\ngate: { approvalTimeout: 1h }',
    'gate.approvalTimeout: nobody is asked for approval',
    'approval: manual',
  ],
  [
    'a list instead of a section',
    /preprocess: .*/,
    'preprocess: []',
    '4:13 preprocess: expected a mapping, found a list',
  ],
  [
    'a section left empty',
    /preprocess: .*/,
    'preprocess:',
    '4:12 preprocess: expected a mapping, found nothing',
  ],
  [
    'a share as a percentage',
    'test: 0.1',
    'test: 10',
    '2:91 dataset.split.test: must be less than 1',
  ],
  [
    'a quoted number',
    'maxTrainSamples: 1500',
    'maxTrainSamples: "1500"',
    '2:124 dataset.maxTrainSamples: expected a number, found text',
    'remove the quotes',
  ],
  [
    'an unknown choice',
    'padding: none',
    'padding: max-length',
    '4:66 preprocess.padding: must be one of "none", "max_length"',
    '"max_length"',
  ],
  [
    'a version without quotes',
    '"4.56"',
    '4.50',
    '8:24 train.transformersVersion: expected text, found the number 4.5',
    'put it in quotes: "4.50"',
  ],
  [
    'a Python version in words',
    'py312',
    'python3',
    '10:14 train.pyVersion: not a Python version',
    'py312',
  ],
  [
    'yes instead of true',
    'useSpotInstances: true',
    'useSpotInstances: yes',
    '12:21 train.useSpotInstances: expected true or false, found text',
    'true and false: true',
  ],
  [
    'a bare number as a duration',
    'maxRun: 1h',
    'maxRun: 3600',
    '13:11 train.maxRun: a bare number is not a duration',
    '"3600s"',
  ],
  [
    'a duration in words',
    'maxRun: 1h',
    'maxRun: 1 hour',
    '13:11 train.maxRun: not a duration',
    '1h30m',
  ],
  [
    'a duration of nothing',
    'maxRun: 1h',
    'maxRun: 0s',
    '13:11 train.maxRun: must be at least one second',
  ],
  ['more than 28 days', 'maxRun: 1h', 'maxRun: 29d', '13:11 train.maxRun: longer than the 28 days'],
  [
    'maxWait below maxRun',
    'maxWait: 2h',
    'maxWait: 30m',
    '14:12 train.maxWait: shorter than maxRun (30m < 1h)',
    'at least maxRun',
  ],
  [
    'spot without checkpoints',
    '  maxWait',
    '  checkpointS3Uri: null\n  maxWait',
    '14:20 train.checkpointS3Uri: spot training without checkpoints',
    'useSpotInstances: false',
  ],
  [
    'spot with a warm pool',
    '  maxWait',
    '  keepAlivePeriodInSeconds: 60\n  maxWait',
    '14:29 train.keepAlivePeriodInSeconds: SageMaker has no warm pools for spot',
  ],
  ['a missing data file', 'reviews.csv', 'nope.csv', '2:18 dataset.path: no such file: '],
  [
    'a folder as data file',
    './data/reviews.csv',
    './data',
    '2:18 dataset.path: a directory, not a file',
  ],
  [
    'an ending that tells no format',
    './data/reviews.csv',
    's3://bucket/data',
    '2:18 dataset.path: the ending does not tell the format',
    'dataset.format',
  ],
  [
    'a web address as data',
    './data/reviews.csv',
    'https://a.example/x.csv',
    '2:18 dataset.path: not a local file',
  ],
  [
    'text and label in one column',
    'labelColumn: label',
    'labelColumn: text',
    '2:69 dataset.labelColumn: text and label are the same column',
  ],
  [
    'a label twice',
    'labelColumn: label',
    'labels: [a, b, a]',
    '2:71 dataset.labels[2]: this label is given twice',
  ],
  [
    'a single label',
    'labelColumn: label',
    'labels: [a]',
    '2:64 dataset.labels: a classifier needs at least two labels',
  ],
  [
    'a missing model directory',
    './models/minilm',
    './models/maxilm',
    '3:8 model: no such directory: ',
  ],
  [
    'a model directory without config.json',
    './models/minilm',
    './data',
    '3:8 model: no config.json in ',
  ],
  [
    'a model that is neither id nor directory',
    './models/minilm',
    '"a model"',
    '3:8 model: neither a Hub id nor a directory',
  ],
  [
    'a missing source folder',
    './training',
    './trainin',
    '7:14 train.sourceDir: no such directory: ',
  ],
  ['a missing script', 'train.py', 'trian.py', '6:15 train.entryPoint: no such file: '],
  [
    'a script given relative to the config',
    'train.py',
    'training/train.py',
    '6:15 train.entryPoint: no such file: ',
    'did you mean "train.py"?',
  ],
  [
    'a script outside the source folder',
    'train.py',
    '../other.py',
    '6:15 train.entryPoint: outside sourceDir',
  ],
  [
    'a link that leads out',
    'train.py',
    'link.py',
    '6:15 train.entryPoint: a link that leads out of sourceDir',
  ],
  ['a notebook', 'train.py', 'train.ipynb', '6:15 train.entryPoint: not a Python script'],
  [
    'two frameworks',
    '  pyVersion',
    '  tensorflowVersion: "2.6"\n  pyVersion',
    '10:3 train.tensorflowVersion: two frameworks',
  ],
  [
    'no framework',
    '  pytorchVersion: "2.8"\n',
    '',
    '5:1 train.pytorchVersion: no framework version',
  ],
  [
    'neither versions nor image',
    /  transformers.*\n.*\n.*\n/,
    '',
    '5:1 train: neither framework versions nor imageUri',
  ],
  [
    'no Python version',
    '  pyVersion: py312\n',
    '',
    '5:1 train.pyVersion: required with a framework version',
  ],
  [
    'no instance type',
    '  instanceType: ml.g5.xlarge\n',
    '',
    '5:1 train.instanceType: required, but missing',
  ],
  [
    'an instance type of EC2',
    'ml.g5.xlarge',
    'g5.xlarge',
    '11:17 train.instanceType: not a SageMaker instance type',
    'ml.g5.xlarge',
  ],
  [
    'a CPU instance',
    'ml.g5.xlarge',
    'ml.m5.xlarge',
    '11:17 train.instanceType: a CPU instance',
    'imageUri',
  ],
  [
    'placements that contradict',
    '  maxWait',
    '  placements: [{ instanceType: ml.p3.2xlarge }]\n  maxWait',
    '11:17 train.instanceType: contradicts the first of placements',
  ],
  [
    'half a VPC',
    '  maxWait',
    '  subnets: [subnet-1]\n  maxWait',
    '14:3 train.subnets: needs securityGroupIds',
  ],
  [
    'an integer that would be rounded',
    'epochs: 1',
    'epochs: 9007199254740993',
    '15:30 train.hyperparameters.epochs: an integer beyond 2^53',
  ],
  [
    'not a number',
    'epochs: 1',
    'epochs: .nan',
    '15:30 train.hyperparameters.epochs: not a finite number',
  ],
  [
    'a hyperparameter beyond the limit',
    'epochs: 1',
    `epochs: ${'x'.repeat(2600)}`,
    '15:30 train.hyperparameters.epochs: 2602 characters as JSON',
  ],
  [
    "Holdfast's own hyperparameter",
    'epochs: 1',
    'sagemaker_program: x',
    '15:22 train.hyperparameters.sagemaker_program: set by Holdfast',
  ],
  [
    'a token in hyperparameters',
    'epochs: 1',
    `token: hf_${'a'.repeat(30)}`,
    '15:29 train.hyperparameters.token: a Hugging Face token in plain text',
    'env:NAME',
  ],
  [
    'a token in the environment',
    '  maxWait',
    `  environment: { GH: ghp_${'b'.repeat(36)} }\n  maxWait`,
    '14:22 train.environment.GH: a GitHub token in plain text',
  ],
  [
    'a password by its name, in hyperparameters',
    'epochs: 1',
    'db_password: hunter2',
    '15:35 train.hyperparameters.db_password: a secret in plain text',
    'env:NAME',
  ],
  [
    'a key by its name, in the environment',
    '  maxWait',
    '  environment: { AWS_SECRET_ACCESS_KEY: wJalrXUtnFEMI }\n  maxWait',
    '14:41 train.environment.AWS_SECRET_ACCESS_KEY: a secret in plain text',
  ],
  [
    'an API key by its shape',
    '  maxWait',
    `  environment: { OPENAI: sk-proj-${'c'.repeat(30)} }\n  maxWait`,
    '14:26 train.environment.OPENAI: an API key in plain text',
  ],
  [
    'a token for the Hub',
    /publish: .*/,
    `publish: { model: reviews, hub: { repoId: me/reviews, token: hf_${'d'.repeat(30)} } }`,
    '17:62 publish.hub.token: a Hugging Face token in plain text',
    'of the worker in publish.hub.token: env:NAME',
  ],
  [
    'a token where the repository stands',
    /publish: .*/,
    `publish: { model: reviews, hub: hf_${'d'.repeat(30)} }`,
    '17:33 publish.hub: a Hugging Face token in plain text',
    'of the worker in publish.hub.token: env:NAME',
  ],
  [
    'an API key for a feed',
    'publish:',
    `feeds: { wandb: { apiKey: sk-${'e'.repeat(30)} } }\npublish:`,
    '17:27 feeds.wandb.apiKey: an API key in plain text',
    'of the worker in feeds.wandb.apiKey: env:NAME',
  ],
  [
    'a reference in hyperparameters, where nobody resolves it',
    'epochs: 1',
    'token: env:HF_TOKEN',
    '15:29 train.hyperparameters.token: a reference is not resolved',
    'train.environment',
  ],
  [
    'an AWS key in tags',
    'publish:',
    'tags: { k: AKIAABCDEFGHIJKLMNOP }\npublish:',
    '17:12 tags.k: an AWS access key in plain text',
  ],
  [
    'a password in a URL',
    'epochs: 1',
    'repo: https://me:secret@git.example/x',
    '15:28 train.hyperparameters.repo: a URL with credentials',
  ],
  [
    'a private key',
    'epochs: 1',
    'pem: "-----BEGIN RSA PRIVATE KEY-----"',
    '15:27 train.hyperparameters.pem: a private key in plain text',
  ],
  [
    'a variable with a hyphen',
    '  maxWait',
    '  environment: { my-path: x }\n  maxWait',
    '14:18 train.environment.my-path: not an environment variable name',
  ],
  [
    'a variable that loads code',
    '  maxWait',
    '  environment: { LD_PRELOAD: x }\n  maxWait',
    '14:18 train.environment.LD_PRELOAD: not allowed',
  ],
  [
    'PYTHONPATH',
    '  maxWait',
    '  environment: { PYTHONPATH: x }\n  maxWait',
    '14:18 train.environment.PYTHONPATH: not allowed',
  ],
  [
    'a number as a variable',
    '  maxWait',
    '  environment: { A: 1.50 }\n  maxWait',
    '14:21 train.environment.A: expected text, found the number 1.5',
    '"1.50"',
  ],
  [
    'a reserved tag',
    'publish:',
    'tags: { "aws:x": y }\npublish:',
    '17:9 tags.aws:x: a reserved prefix',
  ],
  [
    'a metric that nobody writes',
    'eval_accuracy',
    'accuracy',
    '16:21 evaluate.metric: not a metric',
    '"eval_accuracy"',
  ],
  [
    'a missing evaluation script',
    'metric: eval_accuracy',
    'entryPoint: score.py',
    '16:25 evaluate.entryPoint: no such file: ',
  ],
  [
    'a model name with a slash',
    'model: reviews',
    'model: me/reviews',
    '17:19 publish.model: not a model name',
  ],
  [
    'a bucket as a URI',
    'publish:',
    'storage: { bucket: s3://mine }\npublish:',
    '17:20 storage.bucket: not a bucket name',
  ],
  [
    'a prefix with a slash',
    'publish:',
    'storage: { prefix: /a }\npublish:',
    '17:20 storage.prefix: not a key prefix',
  ],
  ['a key twice', 'evaluate:', 'name: again\nevaluate:', '16:1 name: this key is given twice'],
  [
    'a reserved key',
    'epochs: 1',
    '__proto__: { polluted: 1 }',
    '15:22 train.hyperparameters.__proto__: this key is reserved',
  ],
  ['YAML 1.1', 'name: reviews', '%YAML 1.1\n---\nname: reviews', '1:1 : YAML 1.1 is not supported'],
  [
    'a tag of YAML',
    'epochs: 1',
    'epochs: !!binary aGk=',
    '15:39 train.hyperparameters.epochs: only text, numbers',
  ],
  ['an alias without an anchor', 'epochs: 1', 'epochs: *none', '15:30 '],
  ['broken YAML', 'epochs: 1,', 'epochs: [1,', '15:78 : flow sequence'],
]

describe('a faulty config', () => {
  const project = makeProject()
  project.write('other.py')
  mkdirSync(join(project.folder, 'training'), { recursive: true })
  symlinkSync('../other.py', join(project.folder, 'training', 'link.py'))
  afterAll(project.remove)

  test.each(cases.map(([about, from, to, fault, hint]) => ({ about, from, to, fault, hint })))(
    'with $about is refused at its place',
    async ({ from, to, fault, hint }) => {
      const text = demo.replace(from, to)
      expect(text).not.toBe(demo)
      const faults = await faultsOf(project.write('pipeline.yaml', text))
      const said = faults.map(
        ({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`,
      )
      const index = said.findIndex((each) => each.includes(fault))
      expect(said.join('\n')).toContain(fault)
      if (hint) expect(faults[index]?.hint).toContain(hint)
    },
  )

  test('names every fault at once, sorted by place, with no second word on the same fault', async () => {
    const text = demo
      .replace('name: reviews', 'name: Reviews')
      .replace('reviews.csv', 'nope.csv')
      .replace('entryPoint', 'entryPont')
      .replace('maxRun: 1h', 'maxRun: 60')
      .replace('maxWait: 2h', 'maxWait: 1m\n  checkpointS3Uri: null')
      .replace('ml.g5.xlarge', 'ml.c5.large')
      .replace('atLeast: 0.75', 'atLeast: high')
    const faults = await faultsOf(project.write('pipeline.yaml', text))
    expect(faults.map(({ line, path }) => `${line} ${path}`)).toEqual([
      '1 name',
      '2 dataset.path',
      '6 train.entryPont',
      '11 train.instanceType',
      '13 train.maxRun',
      '15 train.checkpointS3Uri',
      '17 evaluate.atLeast',
    ])
  })

  test('never shows the secret it refuses', async () => {
    const secret = `hf_${'Zq9'.repeat(12)}`
    const text = demo.replace(
      'epochs: 1',
      `token: ${secret}, url: "https://u:${secret}@h.example/"`,
    )
    const faults = await faultsOf(project.write('pipeline.yaml', text))
    expect(faults.length).toBeGreaterThanOrEqual(2)
    expect(JSON.stringify(faults)).not.toContain('Zq9Zq9')
  })

  test('nor a token that no pattern knows, where only a reference may stand', async () => {
    const hub = 'hub: { repoId: me/reviews, token: hunter2secret }'
    const text = demo.replace(/publish: .*/, `publish: { model: reviews, ${hub} }`)
    const [fault, ...more] = await faultsOf(project.write('pipeline.yaml', text))
    expect(more).toEqual([])
    expect(fault).toMatchObject({ path: 'publish.hub.token', message: 'not a reference' })
    expect(fault?.hint).toContain('env:HF_TOKEN')
    expect(JSON.stringify(fault)).not.toContain('hunter2')
  })

  test('cannot send escape sequences to the terminal', async () => {
    const faults = await faultsOf(
      project.write('pipeline.yaml', `"\\e[31mred": 1\nname: "a\u001b[2Jb"\n`),
    )
    expect(faults.length).toBeGreaterThan(0)
    expect(JSON.stringify(faults)).not.toContain('\\u001b')
  })
})
