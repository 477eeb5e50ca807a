/** A case's model, and what it is deployed, registered or transformed with, in our own terms. */

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { create } from 'tar'
import { HoldfastError } from '../src/errors'
import type { AwsCall } from '../src/estimator/aws-call'
import type { DeployOptions } from '../src/estimator/endpoint-options'
import type { HuggingFaceModel } from '../src/estimator/hugging-face-model'
import { repackModel } from '../src/estimator/model-archive'
import type { TrainedModelOverrides } from '../src/estimator/trained-model'
import { isObject, unmarked } from './exact-json'
import { clonedSource } from './git-source'
import type { Json, JsonObject, RecordedBody, RecordedCase, World } from './kind'
import { argumentsOf, classOf } from './translate'
import { roleArnOf } from './world'

export async function modelOf(options: {
  one: RecordedCase
  world: World
}): Promise<HuggingFaceModel> {
  const { one, world } = options
  const { role, gitConfig, ...rest } = plainArguments(one['model'])
  const model: HuggingFaceModel = {
    ...rest,
    role: roleArnOf(typeof role === 'string' ? role : ''),
  }
  if (gitConfig === undefined) return model
  return clonedSource({ source: model, gitConfig, one, world })
}

/** Arguments whose floats need no mark. */
export function plainArguments(given: Json | undefined): JsonObject {
  return unmarked(argumentsOf(given)) as JsonObject
}

/** What `deploy` takes; the SDK's enumeration goes by its name or by its value. */
export function deployOf(given: Json | undefined): DeployOptions {
  const deploy = plainArguments(given)
  // What would change an endpoint that is there, or serve a model that another job has compiled.
  for (const where of ['updateEndpoint', 'useCompiledModel']) {
    if (deploy[where] !== true) continue
    throw new HoldfastError({ code: 'E_DEPLOY_OPTION', what: `${where} is not served`, where })
  }
  const { endpointType } = deploy
  if (typeof endpointType !== 'string') return deploy
  const member = endpointType.replace(/^EndpointType\./, '')
  return { ...deploy, endpointType: endpointTypes[member] ?? (member as 'MODEL_BASED') }
}

const endpointTypes: Record<string, NonNullable<DeployOptions['endpointType']>> = {
  ModelBased: 'MODEL_BASED',
  InferenceComponentBased: 'INFERENCE_COMPONENT_BASED',
}

/** What `register` takes; of a model card that is made on the spot only the status is known here. */
export function registerOf(given: Json | undefined): JsonObject {
  const register = plainArguments(given)
  const card = isObject(given) ? given['model_card'] : undefined
  if (classOf(card) !== 'ModelCard') return register
  const { status = 'Draft', ...content } = register['modelCard'] as JsonObject
  if (Object.keys(content).some((key) => key !== 'name')) {
    const what = 'the content of a model card is not mapped'
    throw new HoldfastError({ code: 'E_MODEL_CARD', what, where: 'modelCard' })
  }
  return { ...register, modelCard: { ModelCardContent: '{}', ModelCardStatus: status } }
}

const overrideNames = [
  'role',
  'entryPoint',
  'sourceDir',
  'dependencies',
  'imageUri',
  'imageConfig',
  'env',
  'modelServerWorkers',
  'enableNetworkIsolation',
]

/** The arguments that `estimator.deploy`, `.transformer` and `.register` hand to `create_model`. */
export function overridesOf(options: {
  given: Json | undefined
  names?: string[]
}): TrainedModelOverrides {
  const { given, names = overrideNames } = options
  const picked = Object.entries(plainArguments(given)).filter(([key]) => names.includes(key))
  const withoutVpc = isObject(given) && given['vpc_config_override'] === null
  const vpc = isObject(given) ? given['vpc_config_override'] : undefined
  const overrides = Object.fromEntries(picked)
  return {
    ...overrides,
    ...(typeof overrides['role'] === 'string' && { role: roleArnOf(overrides['role']) }),
    ...(withoutVpc && { vpcConfigOverride: null }),
    ...(isObject(vpc) && { vpcConfigOverride: vpc }),
  } as TrainedModelOverrides
}

/** The calls with the archive that an upload of a model would carry. */
export async function withModelArchive(options: {
  calls: AwsCall[]
  model: Pick<HuggingFaceModel, 'entryPoint' | 'sourceDir' | 'dependencies'>
  one: RecordedCase
  world: World
}): Promise<AwsCall[]> {
  const { calls } = options
  return Promise.all(
    calls.map(async (call) =>
      isModelUpload(call)
        ? { ...call, params: { ...call.params, Body: await modelBody(options) } }
        : call,
    ),
  )
}

function isModelUpload({ op, params }: AwsCall): boolean {
  return op === 'PutObject' && 'Key' in params && String(params.Key).endsWith('/model.tar.gz')
}

async function modelBody(options: {
  model: Pick<HuggingFaceModel, 'entryPoint' | 'sourceDir' | 'dependencies'>
  one: RecordedCase
  world: World
}): Promise<RecordedBody> {
  const { entryPoint = '', sourceDir, dependencies } = options.model
  const folder = join(options.world.scratch, options.one.name)
  const modelArchive = await standIn(folder)
  const members = await repackModel({
    modelArchive,
    entryPoint,
    ...(sourceDir?.startsWith('s3://') ? { codeArchive: modelArchive } : { sourceDir }),
    dependencies,
    outFile: join(folder, 'repacked.tar.gz'),
  })
  return { $tar: members.filter((name) => name.startsWith('code/')), beside: 'model' }
}

/** What the recorder gives the SDK for every object that it downloads. */
async function standIn(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'pytorch_model.bin'), 'x')
  const file = join(folder, 'model.tar.gz')
  await create({ file, gzip: true, cwd: folder, portable: true }, ['pytorch_model.bin'])
  return file
}
