import { liveServices, readRecord } from './platform-record'

/** Whoever sets one of these has said which service is meant. */
const decisive = ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL_SAGEMAKER', 'TEMPORAL_ADDRESS']

/** Other ways of naming credentials, which would win over, or be mixed with, the local account's. */
export const foreignCredentials = [
  'AWS_PROFILE',
  'AWS_DEFAULT_PROFILE',
  'AWS_SESSION_TOKEN',
  'AWS_SECURITY_TOKEN',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_ROLE_ARN',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
]

/**
 * Points an environment at the local platform of a data directory, when one runs there and nothing
 * else was asked for. Returns what to tell the user; undefined when nothing was changed.
 *
 * @example
 * const notice = applyPlatformEnv({ dataDir: '.holdfast', env: process.env })
 */
export function applyPlatformEnv(options: {
  dataDir: string
  env: NodeJS.ProcessEnv
  onNotice?: (line: string) => void
}): string | undefined {
  const { dataDir, env, onNotice } = options
  if (env['HOLDFAST_LOCAL'] === '0' || decisive.some((name) => env[name])) return undefined
  const record = readRecord(dataDir)
  if (!record || liveServices(record).length === 0) return undefined
  for (const name of foreignCredentials) delete env[name]
  Object.assign(env, record.env)
  const notice = `Using the local platform in ${dataDir} (HOLDFAST_LOCAL=0 turns this off).`
  onNotice?.(notice)
  return notice
}
