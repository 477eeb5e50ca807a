import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePorts, isFree } from './free-ports'
import {
  liveServices,
  readRecord,
  type PlatformRecord,
  type Runner,
  type AnyService,
  type ServiceName,
} from './platform-record'
import { eventQueueName } from './sagemaker/queue/event-queue'
import { interruptible } from './setup/interruptible'
import { regionPorts, regionVariables } from './regions'
import { setUp } from './setup'

const localAccount = '111122223333'
const localRegion = 'us-east-1'

/** Keeps ports, secret and identity from the last start; sets up what the services need. */
export async function prepareRecord(options: {
  dataDir: string
  services: ServiceName[]
  onProgress: (line: string) => void
  runner?: Runner
  temporalUi?: boolean
}): Promise<PlatformRecord> {
  const { dataDir, services, onProgress } = options
  const before = readRecord(dataDir)
  const live = before ? liveServices(before) : []
  // Until an explicit stop the runner stays; undefined is the best that the set-up can make.
  const asked = options.runner ?? (before?.services.sagemaker ? before.runner : undefined)
  const made = await setUpFor({ services, live, onProgress, asked, before })
  const ports = await choosePorts(before, live)
  const regions = await regionPorts({ before, isLive: live.length > 0, env: process.env })
  const runner = asked ?? made.runner ?? 'built-in'
  const python = made.python ?? before?.env['HOLDFAST_PYTHON']
  const temporalUi = options.temporalUi ?? before?.temporalUi ?? true
  return {
    version: 1,
    id: before?.id ?? randomUUID(),
    runner,
    temporalUi,
    ports,
    ...(Object.keys(regions).length > 0 && { regions }),
    binaries: {
      ...before?.binaries,
      ...(made.temporalCli ? { temporalCli: made.temporalCli } : {}),
      ...(made.versitygw ? { versitygw: made.versitygw } : {}),
    },
    env: platformEnv({
      ports,
      regions,
      secret: keptSecret(dataDir),
      temporalConfig: emptyTemporalConfig(dataDir),
      python,
      temporalUi,
    }),
    services: before?.services ?? {},
  }
}

interface Made {
  temporalCli?: string
  versitygw?: string
  python?: string
  runner?: Runner
}

async function setUpFor(options: {
  services: ServiceName[]
  live: AnyService[]
  onProgress: (line: string) => void
  asked: Runner | undefined
  before: PlatformRecord | undefined
}): Promise<Made> {
  const { services, live, onProgress, asked, before } = options
  // One that runs may have to be started again all the same, with another runner.
  const wanted = services.filter(
    (name) => !live.includes(name) || (name === 'sagemaker' && asked !== before?.runner),
  )
  const parts: ('temporalCli' | 'versitygw' | 'python')[] = []
  if (wanted.includes('temporal')) parts.push('temporalCli')
  if (wanted.includes('s3')) parts.push('versitygw')
  if (wanted.includes('sagemaker') && asked !== 'scripted') parts.push('python')
  return interruptible((signal) => setUp({ parts, onProgress, signal }))
}

/** The ports of the last start, unless nothing runs and another program has taken one. */
async function choosePorts(
  before: PlatformRecord | undefined,
  live: AnyService[],
): Promise<PlatformRecord['ports']> {
  if (before && live.length > 0) return before.ports
  if (before) {
    const free = await Promise.all(Object.values(before.ports).map(isFree))
    if (free.every(Boolean)) return before.ports
  }
  const [temporal = 0, temporalUi = 0, s3 = 0, sagemaker = 0] = await freePorts(4)
  return { temporal, temporalUi, s3, sagemaker }
}

/** Random, made once for each data directory, readable by the user alone. */
function keptSecret(dataDir: string): string {
  const path = join(dataDir, 'secret')
  if (!existsSync(path)) writeFileSync(path, randomBytes(24).toString('hex'), { mode: 0o600 })
  return readFileSync(path, 'utf8').trim()
}

/** Named to every client, which would otherwise take keys and certificates from the user's own file. */
function emptyTemporalConfig(dataDir: string): string {
  const path = join(dataDir, 'temporal.toml')
  // Temporal's TypeScript SDK does not read a file without any profile.
  if (!existsSync(path)) writeFileSync(path, '[profile.default]\n')
  return path
}

function platformEnv(options: {
  ports: PlatformRecord['ports']
  regions: NonNullable<PlatformRecord['regions']>
  secret: string
  temporalConfig: string
  python: string | undefined
  temporalUi: boolean
}): Record<string, string> {
  const { ports, regions, secret, temporalConfig, python, temporalUi } = options
  const sagemaker = `http://127.0.0.1:${ports.sagemaker}`
  return {
    AWS_REGION: localRegion,
    AWS_DEFAULT_REGION: localRegion,
    AWS_ACCESS_KEY_ID: localAccount,
    AWS_SECRET_ACCESS_KEY: secret,
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${ports.s3}`,
    AWS_ENDPOINT_URL_SAGEMAKER: sagemaker,
    AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: sagemaker,
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: sagemaker,
    AWS_ENDPOINT_URL_CLOUDWATCH: sagemaker,
    AWS_ENDPOINT_URL_STS: sagemaker,
    SAGEMAKER_ROLE_ARN: `arn:aws:iam::${localAccount}:role/holdfast-local`,
    TEMPORAL_ADDRESS: `127.0.0.1:${ports.temporal}`,
    TEMPORAL_NAMESPACE: 'default',
    TEMPORAL_CONFIG_FILE: temporalConfig,
    ...(temporalUi ? { TEMPORAL_UI_URL: `http://127.0.0.1:${ports.temporalUi}` } : {}),
    HOLDFAST_POLL_SECONDS: '1',
    // Nobody else's calls are to be spared here.
    HOLDFAST_DESCRIBE_RATE: '100',
    HOLDFAST_EVENTS_QUEUE_URL: `${sagemaker}/${localAccount}/${eventQueueName}`,
    ...(python ? { HOLDFAST_PYTHON: python } : {}),
    ...regionVariables(regions),
  }
}
