import { join } from 'node:path'
import { defineDeploy } from '../../../src/config/define-deploy'
import { ConfigError } from '../../../src/config/fault'
import { formatFaults } from '../../../src/cli/format-faults'
import { loadDeploy } from '../../../src/config/load-deploy'
import { deployFaultsOf, hubDeploy, scriptDeploy } from './deploy-helpers'
import { makeProject } from './helpers'

const project = makeProject()
project.write('serve/inference.py')
project.write('lib/text.py')
project.write('alone.py')
afterAll(project.remove)

const write = (text: string) => project.write('deploy.yaml', text)
const load = (text: string) => loadDeploy({ path: write(text), env: {} })
const faultsOf = (text: string) => deployFaultsOf(write(text))
/** With the line `key: value` in `model` or in `deploy`. */
const withModel = (line: string) => hubDeploy.replace('model:\n', `model:\n  ${line}\n`)
const withDeploy = (line: string) => hubDeploy.replace('deploy:\n', `deploy:\n  ${line}\n`)

test('a deployment resolves to the arguments of the SDK, and nothing is added', async () => {
  expect(await load(hubDeploy)).toEqual({
    deployment: {
      model: {
        env: { HF_MODEL_ID: 'gpt2', HF_TASK: 'text-generation' },
        transformersVersion: '4.26',
        pytorchVersion: '1.13',
        pyVersion: 'py39',
      },
      deploy: { initialInstanceCount: 1, instanceType: 'ml.m5.xlarge' },
    },
    warnings: [],
  })
})

test('paths are relative to the file, and a script to its folder', async () => {
  const { deployment } = await load(scriptDeploy)
  expect(deployment.model).toMatchObject({
    entryPoint: 'inference.py',
    sourceDir: join(project.folder, 'serve'),
    dependencies: [join(project.folder, 'lib')],
  })
  const alone = scriptDeploy
    .replace('inference.py', 'alone.py')
    .replace(/\n {2}sourceDir: .*\n.*/, '')
  const { model } = (await load(alone)).deployment
  expect(model.entryPoint).toBe(join(project.folder, 'alone.py'))
  expect(model.sourceDir).toBeUndefined()
})

test('the same in code is the same deployment', async () => {
  const config = defineDeploy({
    model: {
      env: { HF_MODEL_ID: 'gpt2', HF_TASK: 'text-generation' },
      transformersVersion: '4.26',
      pytorchVersion: '1.13',
      pyVersion: 'py39',
    },
    deploy: { initialInstanceCount: 1, instanceType: 'ml.m5.xlarge' },
  })
  const path = project.write('deploy.cjs', `module.exports = ${JSON.stringify(config)}`)
  expect(await loadDeploy({ path, env: {} })).toEqual(await load(hubDeploy))
})

test.each([
  ['a key in the spelling of Python', withModel('model_data: s3://b/m.tar.gz'), 'model.model_data'],
  ['a mistyped key', withDeploy('endpointNam: prod'), 'deploy.endpointNam'],
  ['a version that is a number', hubDeploy.replace('"4.26"', '4.26'), 'model.transformersVersion'],
  ['no model at all', hubDeploy.replace(/env: .*\n/, 'name: mine\n'), 'model'],
  ['a folder as modelData', withModel('modelData: s3://b/model/'), 'model.modelData'],
  [
    'isolation with a model of the Hub',
    withModel('enableNetworkIsolation: true'),
    'model.enableNetworkIsolation',
  ],
  ['two frameworks', withModel('tensorflowVersion: "2.11"'), 'model.tensorflowVersion'],
  ['no Python version', hubDeploy.replace(/ {2}pyVersion: py39\n/, ''), 'model.pyVersion'],
  [
    'an image whose repository is no name',
    withModel('imageUri: 111122223333.dkr.ecr.us-east-1.amazonaws.com/my_image:1'),
    'model.imageUri',
  ],
  [
    'half a VPC',
    withModel('vpcConfig: { Subnets: [subnet-1] }'),
    'model.vpcConfig.SecurityGroupIds',
  ],
  ['a script and no archive', withModel('entryPoint: alone.py'), 'model.entryPoint'],
  ['a folder and no script', withModel('sourceDir: ./serve'), 'model.sourceDir'],
  ['a missing script', scriptDeploy.replace('inference.py', 'other.py'), 'model.entryPoint'],
  [
    'a script outside its folder',
    scriptDeploy.replace('inference.py', '../alone.py'),
    'model.entryPoint',
  ],
  ['a missing folder', scriptDeploy.replace('./serve', './gone'), 'model.sourceDir'],
  ['a missing dependency', scriptDeploy.replace('./lib', './gone'), 'model.dependencies[0]'],
  [
    'serverless beside instances',
    withDeploy('serverlessInferenceConfig: {}'),
    'deploy.initialInstanceCount',
  ],
  [
    'neither of the two',
    hubDeploy.replace(/deploy:\n[^]*/, 'deploy: { volumeSize: 9 }\n'),
    'deploy',
  ],
  ['a type and no count', hubDeploy.replace(/ {2}initial.*\n/, ''), 'deploy.initialInstanceCount'],
  [
    'a type of training alone',
    hubDeploy.replace('ml.m5.xlarge', 'ml.m5.huge'),
    'deploy.instanceType',
  ],
  ['too large a volume', withDeploy('volumeSize: 513'), 'deploy.volumeSize'],
  ['an accelerator', withDeploy('acceleratorType: ml.eia2.medium'), 'deploy.acceleratorType'],
  [
    'resources that nothing reads',
    withDeploy('resources: { requests: { memory: 128 } }'),
    'deploy.resources',
  ],
  [
    'a component without resources',
    withDeploy('endpointType: INFERENCE_COMPONENT_BASED'),
    'deploy.resources',
  ],
  ['a tag of AWS', withDeploy('tags: { "aws:team": nlp }'), 'deploy.tags.aws:team'],
  [
    'the same tag twice',
    withDeploy('tags: [{ Key: a, Value: b }, { Key: a, Value: c }]'),
    'deploy.tags[1].Key',
  ],
  [
    'a token',
    hubDeploy.replace('HF_TASK: text', `HF_API_TOKEN: hf_${'a'.repeat(20)}, HF_TASK: text`),
    'model.env.HF_API_TOKEN',
  ],
  [
    'a secret by its name',
    hubDeploy.replace('HF_TASK: text', 'WANDB_API_KEY: abc, HF_TASK: text'),
    'model.env.WANDB_API_KEY',
  ],
])('%s is refused where it stands', async (_, text, path) => {
  const faults = await faultsOf(text)
  expect(faults.map((fault) => fault.path)).toContain(path)
  expect(faults.every(({ line }) => line !== undefined)).toBe(true)
})

test('more than the SDK could start at once is refused of a serverless endpoint', async () => {
  const serverless = (config: string) =>
    hubDeploy.replace(/deploy:\n[^]*/, `deploy: { serverlessInferenceConfig: ${config} }\n`)
  expect(await faultsOf(serverless('{}'))).toEqual([])
  expect(await faultsOf(serverless('{ maxConcurrency: 9, provisionedConcurrency: 9 }'))).toEqual([])
  const paths = async (config: string) =>
    (await faultsOf(serverless(config))).map(({ path }) => path)
  expect(await paths('{ provisionedConcurrency: 6 }')).toEqual([
    'deploy.serverlessInferenceConfig.provisionedConcurrency',
  ])
  expect(await paths('{ memorySizeInMb: 1500 }')).toEqual([
    'deploy.serverlessInferenceConfig.memorySizeInMb',
  ])
})

test('every fault is told at once, with its place and a hint, and no secret', async () => {
  const secret = `hf_${'s'.repeat(20)}`
  const text = hubDeploy
    .replace('instanceType', 'instanceTyp')
    .replace('gpt2', `gpt2, HF_TOKEN: ${secret}`)
  const error = await load(text).catch((caught: unknown) => caught as ConfigError)
  expect(error).toBeInstanceOf(ConfigError)
  const shown = formatFaults((error as ConfigError).faults)
  expect(shown).toContain('deploy.yaml:8:3 deploy.instanceTyp: unknown key')
  expect(shown).toContain('did you mean "instanceType"?')
  expect(shown).toContain('in model.env: env:NAME')
  expect(shown).not.toContain(secret)
})

test('a reference to a variable stays one', async () => {
  const text = hubDeploy.replace('gpt2', 'gpt2, HF_API_TOKEN: "env:HF_TOKEN"')
  const { deployment, warnings } = await load(text)
  expect(deployment.model.env?.['HF_API_TOKEN']).toBe('env:HF_TOKEN')
  expect(warnings).toEqual([])
})

test('what is rarely meant is said', async () => {
  const { warnings } = await load(
    hubDeploy.replace('model:\n', 'model:\n  modelData: s3://models/model.tar.gz\n'),
  )
  expect(warnings).toEqual([expect.stringContaining('modelData and HF_MODEL_ID are both given')])
})

test('a file that is not there says so', async () => {
  const faults = await deployFaultsOf(join(project.folder, 'none.yaml'))
  expect(faults).toMatchObject([{ message: 'no such file' }])
})
