import { setMaxListeners } from 'node:events'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { messageOf } from '../errors'
import { isFree } from './free-ports'
import { liveServices, readRecord, type PlatformRecord } from './platform-record'
import { accepts, statusOf } from './services'
import { cacheFolder, type SetUpContext } from './setup/context'
import { findPython } from './setup/find-python'
import { isExecutable, onPath } from './setup/on-path'
import { demoModel, temporalCli, versitygw } from './setup/pins'
import { findCompiler, findMadePython, hasNvidiaGpu } from './setup/python'
import { formatBytes, freeBytesOf } from './setup/require-disk'
import { runCommand } from './setup/run-command'

/** One thing that `doctor` looked at. */
export interface Check {
  name: string
  /** False when Holdfast cannot work until it is mended. */
  ok: boolean
  /** `warn`: it works, with less, or the next set-up mends it by itself. */
  level: 'ok' | 'warn' | 'fail'
  detail: string
  /** How to mend it. */
  hint?: string
}

/** Milliseconds; a check that takes longer is itself a finding. */
const checkMs = 3_000
/** Bytes: the full torch with CUDA, while it is installed. */
const diskNeed = 8e9

interface DoctorContext extends SetUpContext {
  dataDir: string
  record: PlatformRecord | undefined
}

/** Looks at everything the local platform needs, in parallel, and changes nothing. */
export async function runDoctor(options: {
  dataDir: string
  env: NodeJS.ProcessEnv
}): Promise<Check[]> {
  const { env } = options
  const dataDir = resolve(options.dataDir)
  const record = readRecord(dataDir)
  const signal = AbortSignal.timeout(checkMs)
  // Each program that a check runs listens to it: more than Node takes for usual.
  setMaxListeners(0, signal)
  const context: DoctorContext = {
    cache: cacheFolder(env),
    env,
    onProgress: () => undefined,
    signal,
    dataDir,
    record,
  }
  return Promise.all(
    Object.entries(checks).map(([name, check]) => withinTime(name, check(context))),
  )
}

type Finding = Omit<Check, 'name' | 'ok'>

const checks: Record<string, (context: DoctorContext) => Promise<Finding>> = {
  node: async () => checkNode(process.versions.node),
  python: checkPython,
  packages: checkPackages,
  compiler: async ({ env }) => {
    const compiler = findCompiler(env)
    if (compiler) return ok(compiler)
    const detail =
      'none: SageMaker’s training toolkit cannot be built, so the built-in runner is used'
    return warn(detail, 'install one (`apt install build-essential`, `xcode-select --install`)')
  },
  git: checkGit,
  temporal: checkTemporal,
  s3: checkS3,
  model: async ({ env, cache }) => {
    const folder =
      env['HOLDFAST_DEMO_MODEL'] ?? join(cache, `demo-model-minilm-${demoModel.version}`)
    if (existsSync(join(folder, 'model.safetensors'))) return ok(folder)
    if (env['HOLDFAST_DEMO_MODEL']) {
      return fail(
        `HOLDFAST_DEMO_MODEL holds no model: ${folder}`,
        'correct it, or unset it and the model is fetched',
      )
    }
    return warn('the demo’s model is not fetched yet', '`npm run demo` fetches it (84 MB)')
  },
  ports: checkPorts,
  disk: checkDisk,
  gpu: async ({ env }) => {
    if (hasNvidiaGpu()) return ok('an NVIDIA GPU: training uses it')
    if (process.platform === 'darwin' && process.arch === 'arm64') return ok('Apple silicon')
    return ok(
      env['CUDA_VISIBLE_DEVICES']
        ? 'none seen, though CUDA_VISIBLE_DEVICES is set'
        : 'none: training uses the CPU',
    )
  },
}

export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return ok(version)
  return fail(`${version} is too old`, 'install Node 20.19 or newer')
}

async function checkPython(context: DoctorContext): Promise<Finding> {
  const { command, version } = await findPython(context)
  return ok(`${version} (${command})`)
}

async function checkPackages(context: DoctorContext): Promise<Finding> {
  const own = context.env['HOLDFAST_PYTHON']
  const python = own ?? (await findMadePython(context))
  if (!python) return warn('the Python environment is not made yet', '`npm run demo` makes it')
  const script = [
    'import importlib.util as u',
    'print(",".join(n for n in ("torch", "transformers", "datasets") if not u.find_spec(n)))',
  ].join('\n')
  const missing = await runCommand({
    command: python,
    args: ['-c', script],
    timeoutMs: checkMs,
    signal: context.signal,
  })
  if (missing.trim() === '') return ok(python)
  const hint = own ? 'unset HOLDFAST_PYTHON and one is made' : `remove ${python} and start again`
  return fail(`${python} lacks ${missing.trim()}`, hint)
}

/** Only code in a repository needs it. */
async function checkGit({ env, signal }: DoctorContext): Promise<Finding> {
  const command = onPath('git', env)
  if (!command) return warn('none: train.gitConfig cannot be used', 'install git')
  const version = await runCommand({ command, args: ['--version'], timeoutMs: checkMs, signal })
  return ok(`${version.trim().replace(/^git version /, '')} (${command})`)
}

async function checkTemporal(context: DoctorContext): Promise<Finding> {
  const { env, cache, record } = context
  const cached = join(
    cache,
    `temporal-cli-${temporalCli.version}-${process.platform}-${process.arch}`,
    'temporal',
  )
  const binary = env['HOLDFAST_TEMPORAL_CLI'] ?? onPath('temporal', env) ?? cached
  const address = env['TEMPORAL_ADDRESS'] ?? record?.env['TEMPORAL_ADDRESS']
  if (address && (env['TEMPORAL_ADDRESS'] || isLive(record, 'temporal'))) {
    const [host = '', port = '7233'] = address.split(':')
    if (host !== '127.0.0.1') return ok(`${address} (not on this machine; not looked at)`)
    if (await accepts(Number(port), checkMs)) return ok(`answers at ${address}`)
    return fail(
      `nothing answers at ${address}`,
      'start it with `holdfast up --detach`, or correct TEMPORAL_ADDRESS',
    )
  }
  if (isExecutable(binary)) return ok(`not running; ${binary}`)
  if (env['HOLDFAST_TEMPORAL_CLI']) {
    return fail(
      'HOLDFAST_TEMPORAL_CLI names no executable file',
      'correct it, or unset it and the CLI is fetched',
    )
  }
  return warn('the Temporal CLI is not fetched yet', '`holdfast up` fetches it (45 MB)')
}

async function checkS3(context: DoctorContext): Promise<Finding> {
  const { env, cache, record } = context
  const endpoint = env['AWS_ENDPOINT_URL_S3']
  if (endpoint || isLive(record, 's3')) {
    const url = endpoint ?? record?.env['AWS_ENDPOINT_URL_S3'] ?? ''
    // An unsigned request is refused, which is an answer.
    if ((await statusOf(url)) !== undefined) return ok(`answers at ${url}`)
    return fail(
      `nothing answers at ${url}`,
      'start it with `holdfast up --detach`, or correct AWS_ENDPOINT_URL_S3',
    )
  }
  const cached = join(
    cache,
    `versitygw-${versitygw.version}-${process.platform}-${process.arch}`,
    'versitygw',
  )
  const binary = env['HOLDFAST_VERSITYGW'] ?? onPath('versitygw', env) ?? cached
  if (isExecutable(binary)) return ok(`not running; ${binary}`)
  if (env['HOLDFAST_VERSITYGW']) {
    return fail(
      'HOLDFAST_VERSITYGW names no executable file',
      'correct it, or unset it and the server is fetched',
    )
  }
  const how = '`holdfast up` downloads the release, or builds it where there is Go 1.25 or newer'
  return warn(
    `versitygw is not fetched yet${onPath('go', env) ? '' : ', and there is no Go to build it'}`,
    how,
  )
}

async function checkPorts({ record }: DoctorContext): Promise<Finding> {
  if (!record) return ok('free ones are chosen at the first start')
  if (liveServices(record).length > 0)
    return ok(`in use by the platform: ${Object.values(record.ports).join(', ')}`)
  const ports = Object.entries(record.ports)
  const taken = await Promise.all(
    ports.map(async ([name, port]) => ((await isFree(port)) ? [] : [`${port} (${name})`])),
  )
  if (taken.flat().length === 0) return ok(`free: ${Object.values(record.ports).join(', ')}`)
  return warn(
    `taken by another program: ${taken.flat().join(', ')}`,
    'the next start takes other ports',
  )
}

async function checkDisk(context: DoctorContext): Promise<Finding> {
  const free = await freeBytesOf(context.cache)
  // That there is no Python at all is told by its own check.
  const made =
    Boolean(context.env['HOLDFAST_PYTHON']) ||
    (await findMadePython(context).catch(() => undefined)) !== undefined
  const need = made ? 1e9 : diskNeed
  if (free >= need) return ok(`${formatBytes(free)} free`)
  return fail(
    `${formatBytes(free)} free, ${formatBytes(need)} needed`,
    'free some space, or set HOLDFAST_CACHE to a larger disk',
  )
}

function isLive(record: PlatformRecord | undefined, name: 'temporal' | 's3'): boolean {
  return record !== undefined && liveServices(record).includes(name)
}

/** No check may hold up the others, or throw: its failure is its finding. */
async function withinTime(name: string, finding: Promise<Finding>): Promise<Check> {
  let timer: NodeJS.Timeout | undefined
  const tooLong = new Promise<Finding>((resolve) => {
    const detail = `no answer within ${checkMs / 1000} s`
    timer = setTimeout(
      () => resolve(fail(detail, 'try again when the machine is less busy')),
      checkMs,
    )
  })
  const mended = finding.catch((error: unknown): Finding => {
    const hint =
      error instanceof Error && 'hint' in error && typeof error.hint === 'string'
        ? error.hint
        : undefined
    return { level: 'fail', detail: messageOf(error), ...(hint ? { hint } : {}) }
  })
  const found = await Promise.race([mended, tooLong])
  clearTimeout(timer)
  return { name, ok: found.level !== 'fail', ...found }
}

const ok = (detail: string): Finding => ({ level: 'ok', detail })
const warn = (detail: string, hint: string): Finding => ({ level: 'warn', detail, hint })
const fail = (detail: string, hint: string): Finding => ({ level: 'fail', detail, hint })
