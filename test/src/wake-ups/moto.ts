/** moto's server: EventBridge and SQS that nobody here wrote. */

import { spawn } from 'node:child_process'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

import { freePorts } from '../../../src/local/free-ports'
import { requiredVariable } from '../local/sagemaker/sagemaker-process'

/** Milliseconds; Python imports a lot. */
const deadline = 120_000

export const credentials = { accessKeyId: '111122223333', secretAccessKey: 'local-secret' }

export interface Moto {
  endpoint: string
  /** Runs a Python program against it; what it printed, as JSON. */
  python(code: string, ...args: string[]): Promise<unknown>
  stop(): Promise<void>
}

export async function startMoto(): Promise<Moto> {
  const python = requiredVariable('HOLDFAST_PYTHON_SDK')
  const [port = 0] = await freePorts(1)
  const endpoint = `http://127.0.0.1:${port}`
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  }
  const child = spawn(python, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
    env: { ...env, AWS_ENDPOINT_URL: undefined },
    stdio: 'ignore',
  })
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  for (const end = Date.now() + deadline; ; await sleep(100)) {
    const answer = await fetch(`${endpoint}/moto-api/data.json`).catch(() => undefined)
    if (answer?.ok) break
    if (Date.now() > end || child.exitCode !== null) {
      await stop()
      throw new Error(`moto's server did not come up (exit code ${child.exitCode})`)
    }
  }
  return {
    endpoint,
    stop,
    async python(code, ...args) {
      const { stdout } = await promisify(execFile)(python, ['-c', code, ...args], { env })
      return JSON.parse(stdout) as unknown
    },
  }
}
