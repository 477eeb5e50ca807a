import { basename, dirname, join, resolve } from 'node:path'
import { HoldfastError } from '../errors'
import { hasCrashed, liveServices, readRecord } from './platform-record'

/** Whoever sets one of these has said which service is meant. */
const decisive = ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL_SAGEMAKER', 'TEMPORAL_ADDRESS']

function isDecided(env: NodeJS.ProcessEnv): boolean {
  return env['HOLDFAST_LOCAL'] === '0' || decisive.some((name) => env[name])
}

/** Other ways of naming credentials, which would win over, or be mixed with, the local account's. */
const foreignCredentials = new Set([
  'AWS_PROFILE',
  'AWS_DEFAULT_PROFILE',
  'AWS_SESSION_TOKEN',
  'AWS_SECURITY_TOKEN',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_ROLE_ARN',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
])

/** Of another Temporal, as a rule Temporal Cloud: its keys, certificates, headers and settings. */
const foreignTemporal =
  /^TEMPORAL_(API_KEY|PROFILE|CONFIG_FILE|TLS|TLS_.*|GRPC_META_.*|CODEC_.*|CLIENT_.*)$/

/** Takes out of an environment what would lead AWS or Temporal clients past the local platform. */
export function clearForeignVariables(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(env)) {
    if (foreignCredentials.has(name) || foreignTemporal.test(name)) delete env[name]
  }
}

/**
 * Points an environment at the local platform of a data directory, when one runs there and nothing
 * else was asked for. Returns what to tell the user; undefined when nothing was changed.
 *
 * @throws HoldfastError `E_PLATFORM_DOWN` when the platform there was killed rather than stopped: the
 * command would otherwise reach for a real account without having been told to. `mayBeDown` prevents it.
 *
 * @example
 * const notice = applyPlatformEnv({ dataDir: '.holdfast', env: process.env })
 */
export function applyPlatformEnv(options: {
  dataDir: string
  env: NodeJS.ProcessEnv
  onNotice?: (line: string) => void
  mayBeDown?: boolean
}): string | undefined {
  const { dataDir, env, onNotice, mayBeDown = false } = options
  if (isDecided(env)) return undefined
  const record = readRecord(dataDir)
  if (!record) return undefined
  if (hasCrashed(record) && !mayBeDown) {
    throw new HoldfastError({
      code: 'E_PLATFORM_DOWN',
      what: 'the local platform of this folder is not running, and was not stopped by `holdfast down`',
      where: dataDir,
      hint: 'start it again with `holdfast up --detach`, or set HOLDFAST_LOCAL=0 to use AWS and Temporal as your environment names them',
    })
  }
  if (liveServices(record).length === 0) return undefined
  clearForeignVariables(env)
  Object.assign(env, record.env)
  const notice = `Using the local platform in ${dataDir} (HOLDFAST_LOCAL=0 turns this off).`
  onNotice?.(notice)
  return notice
}

/**
 * The data directory of a platform that runs in a folder above, when nobody has said what to use:
 * who works in a sub-folder of it would otherwise reach for a real account without knowing.
 */
export function platformAbove(options: {
  dataDir: string
  env: NodeJS.ProcessEnv
}): string | undefined {
  const { dataDir, env } = options
  if (isDecided(env) || readRecord(dataDir)) return undefined
  const name = basename(dataDir)
  let folder = dirname(resolve(dataDir))
  while (dirname(folder) !== folder) {
    folder = dirname(folder)
    const record = readRecord(join(folder, name))
    if (record && liveServices(record).length > 0) return join(folder, name)
  }
  return undefined
}
