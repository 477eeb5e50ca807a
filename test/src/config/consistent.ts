/**
 * Mends what two random keys rarely say in agreement, so that most configs get past the checks. It
 * only ever adds what is needed; what is in the way of nothing stays as it was generated.
 */

import type fc from 'fast-check'
import { constantFrom, nat } from 'fast-check'
import { mendCompiler, mendDistribution } from './consistent-distribution'
import { imageTable } from '../../../src/estimator/image-table'
import type { ImageRow } from '../../../src/estimator/image-table'

export type Config = Record<string, unknown>

export function consistent({
  generate,
  config,
}: {
  generate: fc.GeneratorValue
  config: Config
}): Config {
  const train = config['train'] as Config
  const isEvaluated = ['evaluate', 'gate', 'publish', 'preprocess'].some((key) => key in config)
  if (isEvaluated) config['dataset'] ??= { path: 'reviews.csv' }
  if ('dataset' in config) mendEvaluation(config, train)
  if (train['enableNetworkIsolation'] === true && 'model' in config) {
    config['model'] = './models/mine'
  }
  mendGit(train)
  mendGroups(train)
  mendImage(generate, train)
  mendInstances(generate, train)
  mendTimes(train)
  mendBudget(train)
  mendNetwork(train)
  mendDistribution(train)
  if ('trainingRepositoryCredentialsProviderArn' in train) {
    train['trainingRepositoryAccessMode'] = 'Vpc'
  }
  if ('modelChannelName' in train) train['modelUri'] ??= 's3://models/mine'
  if ('modelUri' in train && 'model' in config) train['modelChannelName'] = 'start'
  mendRegions(config, train)
  return config
}

function mendEvaluation(config: Config, train: Config): void {
  config['model'] ??= 'distilbert-base-uncased'
  const evaluate = (config['evaluate'] ??= {}) as Config
  evaluate['instanceType'] = 'ml.g5.xlarge'
  mendGate(config, evaluate)
  if ('metric' in evaluate || 'task' in evaluate) evaluate['entryPoint'] ??= 'score.py'
  if ('disableOutputCompression' in train) train['disableOutputCompression'] = false
  const dataset = config['dataset'] as Config
  // Of rows that are prepared already nothing else is said.
  const says = Object.keys(dataset).filter((key) => key !== 'path' && key !== 'format')
  if (dataset['format'] === 'arrow' && (says.length > 0 || 'preprocess' in config))
    dataset['format'] = 'csv'
  const { split } = dataset as { split?: Config }
  if (split && 'validation' in split) split['test'] = 0.1
}

/** There is a champion to be compared with, slices to compare, and somebody who is asked. */
function mendGate(config: Config, evaluate: Config): void {
  if ('slices' in evaluate) evaluate['slices'] = ['source', 'language']
  const gate = (config['gate'] ?? {}) as Config
  if ('sliceCorrection' in gate) gate['noSliceWorseBy'] ??= 0.05
  if ('beatsChampionBy' in gate || 'noSliceWorseBy' in gate)
    config['publish'] ??= { model: 'reviews' }
  if ('noSliceWorseBy' in gate) evaluate['slices'] = ['source']
  if ('approvalTimeout' in gate || 'onApprovalTimeout' in gate) gate['approval'] = 'manual'
  if (!('thresholds' in gate)) return
  evaluate['entryPoint'] ??= 'score.py'
  for (const limit of Object.values(gate['thresholds'] as Config)) {
    if (typeof limit === 'object') Object.assign(limit as Config, { atLeast: 0.5, atMost: 0.9 })
  }
}

/** A user has a password, over https, and no token beside it. */
function mendGit({ gitConfig }: Config): void {
  const git = (gitConfig ?? {}) as Config
  if ('username' in git || 'password' in git || 'token' in git) {
    git['repo'] = 'https://github.com/huggingface/transformers.git'
  }
  if ('username' in git) git['password'] ??= 'env:GIT_PASSWORD'
  if ('password' in git) {
    git['username'] ??= 'alice'
    delete git['token']
  }
}

/** Versions of one row of the image table, or an image of one's own. */
function mendImage(generate: fc.GeneratorValue, train: Config): void {
  if ('compilerConfig' in train) return mendCompiler(train)
  const own = ['imageUri', 'instanceGroups', 'distribution'].some((key) => key in train)
  if (own || generate(constantFrom, true, false)) {
    train['imageUri'] ??= '111122223333.dkr.ecr.us-east-1.amazonaws.com/mine:1'
    return
  }
  const rows = imageTable().images.filter(({ scope }) => scope === 'training')
  const { transformers, framework, version, py } = rows[
    generate(nat, { max: rows.length - 1 })
  ] as ImageRow
  delete train['pytorchVersion']
  delete train['tensorflowVersion']
  delete train['compilerConfig']
  Object.assign(train, {
    transformersVersion: transformers,
    [`${framework}Version`]: version,
    pyVersion: py,
  })
}

/** Groups that a channel or the distribution names are there. */
function mendGroups(train: Config): void {
  const distribution = train['distribution'] as Config | undefined
  const users = [
    ...Object.values((train['inputs'] ?? {}) as Config).map((input) => [input, 'instanceGroups']),
    [distribution, 'instance_groups'],
  ] as [Config | undefined, string][]
  const named = users.filter(([user, key]) => typeof user === 'object' && key in user)
  if (named.length === 0 && !(distribution && 'instanceGroups' in train)) return
  train['instanceGroups'] = [
    { instanceGroupName: 'gpu', instanceType: 'ml.p4d.24xlarge', instanceCount: 2 },
  ]
  for (const [user, key] of named) if (user) user[key] = ['gpu']
  if (distribution) distribution['mpi'] = { enabled: true }
}

const gpuTypes = ['ml.g5.xlarge', 'ml.p3.2xlarge', 'ml.p4d.24xlarge']

function mendInstances(generate: fc.GeneratorValue, train: Config): void {
  if ('instanceGroups' in train) {
    for (const key of ['instanceType', 'instanceCount', 'placements', 'regions']) delete train[key]
    return
  }
  const placements = train['placements'] as Config[] | undefined
  if (placements) {
    delete train['instanceType']
    delete train['useSpotInstances']
  } else train['instanceType'] ??= generate(constantFrom, ...gpuTypes)
  if ('imageUri' in train) return
  for (const each of placements ?? [train])
    each['instanceType'] = generate(constantFrom, ...gpuTypes)
}

/** Enough money, and a price of all that it is spent on. */
function mendBudget(train: Config): void {
  if (!('maxUsd' in train)) return
  train['maxUsd'] = 1e9
  const machines = [train, ...['placements', 'instanceGroups'].flatMap((key) => train[key] ?? [])]
  const types = (machines as Config[]).flatMap(({ instanceType }) => instanceType ?? [])
  train['prices'] = Object.fromEntries(types.map((type) => [type, 1.5]))
}

const elsewhere = 'eu-west-1'

/** A region has a placement and what another one has none of; what lies in one region alone is in no such config. */
function mendRegions(config: Config, train: Config): void {
  const placements = (train['placements'] ?? []) as Config[]
  const named = placements.filter((each) => 'region' in each)
  if (named.length === 0 && !('regions' in train)) return
  if (placements.length === 0) {
    train['placements'] = [{ instanceType: train['instanceType'], region: elsewhere }]
    for (const key of ['instanceType', 'useSpotInstances']) delete train[key]
  }
  for (const each of named.length > 0 ? named : placements.slice(0, 1)) each['region'] = elsewhere

  const [there = {}] = Object.values((train['regions'] ?? {}) as Record<string, Config>)
  train['regions'] = { [elsewhere]: there }
  for (const key of ['imageUri', 'subnets', 'securityGroupIds', 'volumeKmsKey', 'outputKmsKey'])
    if (key in train) there[key] ??= train[key]
  if ('subnets' in there || 'securityGroupIds' in there) {
    there['subnets'] ??= ['subnet-1']
    there['securityGroupIds'] ??= ['sg-1']
  }
  if ('maxUsd' in train) there['prices'] = train['prices']
  const kept = [
    'hyperparameters',
    'environment',
    'metricDefinitions',
    'tags',
    'regions',
    'imageUri',
  ]
  for (const [key, value] of Object.entries(train)) {
    const text = JSON.stringify(value) ?? ''
    if (!kept.includes(key) && /"s3:|"arn:aws/.test(text) && !key.endsWith('KmsKey'))
      delete train[key]
  }
  for (const key of ['inputs', 'modelChannelName']) delete train[key]
  train['sourceDir'] ??= '.'
  if (String(config['model']).startsWith('s3:')) config['model'] = './models/mine'
}

function mendTimes(train: Config): void {
  if ('maxWait' in train) train['maxRun'] = '90s'
  if (train['maxWait'] === '45m') train['maxRun'] = '45m'
  const onDemand = train['checkpointS3Uri'] === null || 'keepAlivePeriodInSeconds' in train
  if (!onDemand) return
  train['useSpotInstances'] = false
  for (const each of (train['placements'] ?? []) as Config[]) each['useSpotInstances'] = false
  if ('placements' in train) delete train['useSpotInstances']
}

function mendNetwork(train: Config): void {
  const inputs = Object.values((train['inputs'] ?? {}) as Config)
  const fileSystem = inputs.some(
    (input) => typeof input === 'object' && 'fileSystemId' in (input as Config),
  )
  if (fileSystem || 'securityGroupIds' in train) train['subnets'] ??= ['subnet-1']
  if ('subnets' in train) train['securityGroupIds'] ??= ['sg-1']
}
