/** The real sagemaker-local process and the real S3 server beside it, for tests. */

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePorts } from '../../../../src/local/free-ports'
import { packageRoot } from '../../../../src/package-root'

/** Milliseconds until a process must listen, or be gone after a signal. */
const deadline = 60_000

export const credentials = { accessKeyId: '111122223333', secretAccessKey: 'local-secret' }

export interface Server {
  endpoint: string
  port: number
  /** Resolves when the process is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>
  /** Resolves when the process has gone by itself. */
  gone(): Promise<void>
}

export async function startSagemakerProcess(options: {
  dataDir: string
  runner: 'built-in' | 'scripted'
  port?: number
  env?: Record<string, string>
}): Promise<Server> {
  const { dataDir, runner, port = await freePort(), env = {} } = options
  const main = join(packageRoot(), 'dist/src/local/sagemaker/main.js')
  const args = [main, '--port', String(port), '--data-dir', dataDir, '--runner', runner]
  return startServer({
    command: process.execPath,
    args,
    port,
    env: {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      ...env,
    },
  })
}

export async function startS3(options: { folder: string; region?: string }): Promise<Server> {
  const command = requiredVariable('HOLDFAST_VERSITYGW')
  const port = await freePort()
  const { accessKeyId, secretAccessKey } = credentials
  const { folder, region = 'us-east-1' } = options
  const identity = ['--access', accessKeyId, '--secret', secretAccessKey, '--region', region]
  const args = [...identity, '--port', `127.0.0.1:${port}`, 'posix', folder]
  return startServer({ command, args, port, env: {} })
}

export function requiredVariable(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set; \`npm test\` sets it`)
  return value
}

async function startServer(options: {
  command: string
  args: string[]
  port: number
  env: Record<string, string>
}): Promise<Server> {
  const { command, args, port, env } = options
  const child = spawn(command, args, {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await untilListening({ child, port, output: () => output })
  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    gone: () => untilGone(child),
    stop(signal = 'SIGTERM') {
      child.kill(signal)
      return untilGone(child)
    },
  }
}

async function untilListening(options: {
  child: ChildProcess
  port: number
  output: () => string
}): Promise<void> {
  const { child, port, output } = options
  for (const end = Date.now() + deadline; Date.now() < end; await sleep(50)) {
    if (child.exitCode !== null) throw new Error(`the server ended at its start:\n${output()}`)
    if (await accepts(port)) return
  }
  child.kill('SIGKILL')
  throw new Error(`the server does not listen on ${port}:\n${output()}`)
}

async function untilGone(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  await once(child, 'exit', { signal: AbortSignal.timeout(deadline) })
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port })
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(1000) })
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** One that a server finds free again after a kill: outgoing connections take none of these. */
async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1)
  return port
}
