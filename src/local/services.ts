import { existsSync, mkdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { HoldfastError } from '../errors'
import { packageRoot } from '../package-root'
import { buildStamp } from './build-stamp'
import { clearForeignVariables } from './env'
import type { AnyService, PlatformRecord, ServiceName } from './platform-record'
import { regionalEnv, regionFolder } from './regions'
import { runCommand } from './setup/run-command'

/** How one service is started and how it is known to be ready. */
export interface ServiceSpec {
  name: AnyService
  command: string
  args: string[]
  env: NodeJS.ProcessEnv
  address: string
  port?: number
  /** Milliseconds from the start until it must be ready. */
  readyMs: number
  /** `log` is what it has written since its start. */
  isReady: (log: string) => Promise<boolean>
  hint: string
  /** What of ours it runs: one that was started from something else has to be started again. */
  stamp?: string
}

/** Milliseconds between SIGTERM and SIGKILL at a stop. The worker gives its activities 10 s to finish. */
const stopMs: Record<ServiceName, number> = {
  temporal: 10_000,
  s3: 5_000,
  sagemaker: 10_000,
  worker: 15_000,
}

export function stopWithin(name: AnyService): number {
  return stopMs[ownName(name).name]
}

/** As in src/search-attributes.ts, in the words of the server's command line. */
const searchAttributes = [
  'Pipeline=Keyword',
  'Stage=Keyword',
  'Model=Keyword',
  'SweepId=Keyword',
  'Score=Double',
  'CostUsd=Double',
  'Attempts=Int',
]
const healthPath = '/holdfast-health'

export function serviceSpec(
  name: AnyService,
  record: PlatformRecord,
  dataDir: string,
): ServiceSpec {
  const { name: own, region } = ownName(name)
  if (region === undefined) return specs[own](record, dataDir)
  const ports = record.regions?.[region]
  if (ports === undefined) throw new RangeError(`the platform has no region ${region}`)
  // One bucket namespace for all regions, as S3 has it; jobs and scenario are each region's own.
  const folder = own === 'sagemaker' ? regionFolder({ dataDir, region }) : dataDir
  mkdirSync(folder, { recursive: true })
  const there = {
    ...record,
    ports: { ...record.ports, ...ports },
    env: regionalEnv(record, region),
  }
  return { ...specs[own](there, folder), name }
}

function ownName(name: AnyService): { name: ServiceName; region?: string } {
  const [, own, region] = /^(s3|sagemaker)-(.+)$/.exec(name) ?? []
  if (own === undefined || region === undefined) return { name: name as ServiceName }
  return { name: own as ServiceName, region }
}

const specs: Record<ServiceName, (record: PlatformRecord, dataDir: string) => ServiceSpec> = {
  temporal(record) {
    const { ports, temporalUi } = record
    const command = requireBinary(record.binaries.temporalCli, 'temporal')
    const env = serviceEnv(record)
    const address = `127.0.0.1:${ports.temporal}`
    const ui = temporalUi
      ? ['--ui-port', String(ports.temporalUi), '--ui-disable-news-fetch']
      : ['--headless']
    return {
      name: 'temporal',
      command,
      args: [
        ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(ports.temporal), ...ui],
        // Relative to the data directory, in which it runs: it makes a URI of this, where # ? % are no letters.
        ...['--db-filename', 'temporal.db', '--sqlite-pragma', 'journal_mode=wal'],
        ...['--namespace', 'default', '--log-level', 'warn'],
        ...searchAttributes.flatMap((attribute) => ['--search-attribute', attribute]),
      ],
      env,
      address,
      port: ports.temporal,
      readyMs: 60_000,
      hint: 'see the log; a Temporal CLI of another version can be named with HOLDFAST_TEMPORAL_CLI',
      async isReady() {
        if (!(await accepts(ports.temporal))) return false
        const args = [
          'operator',
          'search-attribute',
          'list',
          '--namespace',
          'default',
          '--address',
          address,
        ]
        const list = await runCommand({ command, args, env, timeoutMs: 20_000 }).catch(() => '')
        return searchAttributes.every((attribute) =>
          list.includes(attribute.split('=')[0] ?? attribute),
        )
      },
    }
  },

  s3(record, dataDir) {
    const { ports, env } = record
    const address = `127.0.0.1:${ports.s3}`
    // The server refuses relative paths in part, and wants both folders to exist.
    const [objects, versions] = [join(dataDir, 's3'), join(dataDir, 's3-versions')]
    mkdirSync(objects, { recursive: true })
    mkdirSync(versions, { recursive: true })
    return {
      name: 's3',
      command: requireBinary(record.binaries.versitygw, 'versitygw'),
      args: [
        ...[
          '--port',
          address,
          '--region',
          env['AWS_REGION'] ?? 'us-east-1',
          '--health',
          healthPath,
          '--quiet',
        ],
        ...['posix', '--versioning-dir', versions, objects],
      ],
      env: {
        ...serviceEnv(record),
        // Its own names for the root user: on the command line the secret would be seen by all.
        ROOT_ACCESS_KEY_ID: env['AWS_ACCESS_KEY_ID'],
        ROOT_SECRET_ACCESS_KEY: env['AWS_SECRET_ACCESS_KEY'],
      },
      address,
      port: ports.s3,
      readyMs: 30_000,
      hint: 'see the log; the data directory must be on a file system with extended attributes',
      isReady: async () => (await statusOf(`http://${address}${healthPath}`)) === 200,
    }
  },

  sagemaker(record, dataDir) {
    const address = `127.0.0.1:${record.ports.sagemaker}`
    const options = [
      '--port',
      String(record.ports.sagemaker),
      '--data-dir',
      dataDir,
      '--runner',
      record.runner,
    ]
    return {
      name: 'sagemaker',
      command: process.execPath,
      args: [entryPoint('src/local/sagemaker/main.js'), ...options],
      env: serviceEnv(record),
      address,
      port: record.ports.sagemaker,
      readyMs: 30_000,
      hint: 'see the log',
      stamp: `${buildStamp()} ${record.runner}`,
      // Any answer of HTTP's: it refuses an unsigned request, and by then it serves.
      isReady: async () => (await statusOf(`http://${address}/`)) !== undefined,
    }
  },

  worker: (record) => ({
    name: 'worker',
    command: process.execPath,
    args: [entryPoint('src/worker.js')],
    env: serviceEnv(record),
    address: '',
    readyMs: 60_000,
    hint: 'see the log',
    stamp: buildStamp(),
    // One line for each of its two processes.
    isReady: async (log) => (log.match(/"msg":"polling"/g) ?? []).length >= 2,
  }),
}

/** The environment of a service: the user's, without what leads elsewhere, with the platform's on top. */
function serviceEnv(record: PlatformRecord): NodeJS.ProcessEnv {
  const env = { ...process.env }
  clearForeignVariables(env)
  delete env['NODE_OPTIONS']
  // A proxy for the world outside would also be asked for 127.0.0.1 by Python's clients.
  const noProxy = [env['NO_PROXY'] ?? env['no_proxy'], '127.0.0.1'].filter(Boolean).join(',')
  return {
    ...env,
    ...record.env,
    NO_PROXY: noProxy,
    no_proxy: noProxy,
    AWS_EC2_METADATA_DISABLED: 'true',
    HOLDFAST_PLATFORM_ID: record.id,
  }
}

function entryPoint(path: string): string {
  const file = join(packageRoot(), 'dist', path)
  if (existsSync(file)) return file
  throw new HoldfastError({
    code: 'E_NOT_BUILT',
    what: 'the package is not built',
    where: file,
    hint: 'npm run build',
  })
}

function requireBinary(path: string | undefined, name: string): string {
  if (path && existsSync(path)) return path
  throw new HoldfastError({
    code: 'E_NO_BINARY',
    what: `the binary of ${name} is missing`,
    where: path,
    hint: 'start the platform again: it is fetched',
  })
}

/** Whether something listens. */
export function accepts(port: number, timeoutMs = 1_000): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: timeoutMs })
    const end = (open: boolean): void => {
      socket.destroy()
      resolve(open)
    }
    socket
      .once('connect', () => end(true))
      .once('error', () => end(false))
      .once('timeout', () => end(false))
  })
}

/** The status of a GET; undefined when there is no answer. */
export async function statusOf(url: string): Promise<number | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) })
    await response.arrayBuffer()
    return response.status
  } catch {
    return undefined
  }
}
