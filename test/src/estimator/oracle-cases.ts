/** Reads cases that were recorded from the Python SDK, and says them in our own terms. */

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { HuggingFaceEstimator } from '../../../src/estimator/hugging-face-estimator'
import { defaultBucketName } from '../../../src/estimator/hugging-face-estimator'
import type { EstimatorSession } from '../../../src/estimator/hugging-face-estimator'
import type { TrainingInputs } from '../../../src/estimator/channels'

type Json = string | number | boolean | null | bigint | Json[] | { [key: string]: Json }
type JsonObject = { [key: string]: Json }

export interface OracleCase {
  name: string
  kind: string
  region?: string
  session?: { default_bucket?: string; default_bucket_prefix?: string }
  git_files?: string[]
  estimator: JsonObject
  fit: { inputs?: Json; job_name?: string; experiment_config?: JsonObject }
}

export interface Expected {
  calls: { op: string; params: Record<string, unknown> }[]
  error?: { message_head: string; type: string }
}

export const account = '111122223333'

/** Floats become `{ __float__ }` and big integers `bigint`, which JSON.parse would lose. */
export function parseExactly(text: string): Json {
  const marked = text.replace(/"(?:\\.|[^"\\])*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) => {
    if (token.startsWith('"')) return token
    if (/[.eE]/.test(token)) return `{"__float__":${Number(token)}}`
    return Number.isSafeInteger(Number(token)) ? token : `{"__int__":"${token}"}`
  })
  return JSON.parse(marked, (_, value: Json) =>
    typeof value === 'object' && value !== null && '__int__' in value
      ? BigInt(value['__int__'] as string)
      : value,
  ) as Json
}

export async function readCases(folder: string): Promise<OracleCase[]> {
  const text = await readFile(join(folder, 'cases.json'), 'utf8')
  return (parseExactly(text) as unknown as OracleCase[]).filter(({ name }) => /^[te]\d/.test(name))
}

export function sessionOf(one: OracleCase): EstimatorSession {
  const region = one.region ?? 'us-east-1'
  return {
    region,
    account,
    defaultBucket: one.session?.default_bucket ?? defaultBucketName({ region, account }),
    ...(one.session?.default_bucket_prefix && {
      defaultBucketPrefix: one.session.default_bucket_prefix,
    }),
  }
}

/** Arguments in camelCase; a role's bare name as the ARN that IAM would give. */
export async function estimatorOf(
  one: OracleCase,
  folders: { fixtures: string; scratch: string },
): Promise<HuggingFaceEstimator> {
  const { hyperparameters, tags, environment, distribution, ...rest } = one.estimator
  const arguments_ = inCamelCase(atFixtures(rest, folders.fixtures)) as JsonObject
  const role = one.estimator['role'] as string
  const estimator = {
    ...arguments_,
    role: role.includes('/') ? role : `arn:aws:iam::${account}:role/${role}`,
    ...(hyperparameters !== undefined && { hyperparameters }),
    ...(tags !== undefined && { tags }),
    ...(environment !== undefined && { environment }),
    ...(distribution !== undefined && { distribution: withGroupNames(distribution, one) }),
    ...(one.fit.experiment_config && { experimentConfig: one.fit.experiment_config }),
  } as unknown as HuggingFaceEstimator
  if (!one.git_files) return estimator
  const sourceDir = join(
    await clone(one.git_files, join(folders.scratch, one.name)),
    estimator.sourceDir ?? '',
  )
  return { ...estimator, sourceDir }
}

export function inputsOf(one: OracleCase): TrainingInputs | undefined {
  return one.fit.inputs === undefined
    ? undefined
    : (inCamelCase(one.fit.inputs) as unknown as TrainingInputs)
}

/** Fetching a repository is not the mapping's work: its files are laid out as if cloned. */
async function clone(files: string[], folder: string): Promise<string> {
  for (const file of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), '')
  }
  return folder
}

function atFixtures(value: Json, fixtures: string): Json {
  if (typeof value === 'string') {
    return value.startsWith('@') ? join(fixtures, value.slice(1)) : value
  }
  if (Array.isArray(value)) return value.map((member) => atFixtures(member, fixtures))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, atFixtures(member, fixtures)]),
  )
}

/** `{"$": "Class", ...}` becomes its arguments; an InstanceGroup's are given by position. */
function inCamelCase(value: Json): Json {
  if (Array.isArray(value)) return value.map(inCamelCase)
  if (typeof value !== 'object' || value === null) return value
  if (value['$'] === 'InstanceGroup') {
    const [instanceGroupName = '', instanceType = '', instanceCount = 1] = value['$args'] as Json[]
    return { instanceGroupName, instanceType, instanceCount }
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !key.startsWith('$'))
      .map(([key, member]) => [
        key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()),
        inCamelCase(member),
      ]),
  )
}

function withGroupNames(distribution: Json, one: OracleCase): Json {
  const given = distribution as JsonObject
  if (!Array.isArray(given['instance_groups'])) return given
  const groups = one.estimator['instance_groups'] as JsonObject[]
  const names = given['instance_groups'].map((reference) => {
    const id = (reference as JsonObject)['$ref']
    return (groups.find((group) => group['$id'] === id)?.['$args'] as Json[])[0] ?? ''
  })
  return { ...given, instance_groups: names }
}
