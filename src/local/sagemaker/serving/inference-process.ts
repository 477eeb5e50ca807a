/** The "container" of one start: the model's files laid out, our server over them, its state by its folder. */

import { mkdir, readFile, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { packageRoot } from '../../../package-root'
import { unpackSource } from '../jobs/archive'
import { ignoreMissing } from '../jobs/durable-file'
import { firstHost } from '../jobs/host'
import { JobFailure } from '../jobs/job'
import { platformEnvironment, pythonTools } from '../jobs/job-command'
import { jobPythonFolder, makeJobPython } from '../jobs/job-python'
import { endProcess, inspect, launch } from '../jobs/job-process'
import { jobTree } from '../jobs/job-tree'
import { downloadPrefix } from '../jobs/s3-transfer'
import { parseS3Uri } from '../jobs/s3-uri'
import type { ServingContext } from './serving-context'
import { ServingFailure } from './serving-failure'
import type { Container } from './serving-state'

export interface Start {
  context: ServingContext
  container: Container
  /** The folder of this start. */
  run: string
  signal: AbortSignal
}

/** Starts the process unless this very start was made before. */
export async function startInference(start: Start): Promise<void> {
  const { context, container, run, signal } = start
  if ((await inspect(run)).state !== 'absent') return
  const tree = jobTree(run, firstHost)
  const model = join(tree.ml, 'model')
  await rm(run, { recursive: true, force: true })
  await mkdir(model, { recursive: true })
  await fetchModel({ ...start, model })
  const optMl = await context.optMl()
  const root = optMl.root(tree)
  await makeJobPython({ folder: join(tree.ml, jobPythonFolder), python: pythonTools().python })
  const python = join(root, jobPythonFolder, 'bin', 'python')
  const server = join(packageRoot(), 'src', 'local', 'python', 'serving', 'serve.py')
  // -B: the package's own folder may be read-only, and stays as it is.
  const command = [python, '-B', server, '--model-dir', join(root, 'model'), '--run-dir', run]
  signal.throwIfAborted()
  await launch({
    run,
    command: optMl.wrap({ tree, command }),
    cwd: tree.ml,
    env: {
      SM_MODEL_DIR: join(root, 'model'),
      ...platformEnvironment({
        region: context.region,
        requested: container.environment,
        rewrite: (text) => optMl.rewrite({ tree, text }),
        python,
      }),
    },
  })
}

async function fetchModel(start: Start & { model: string }): Promise<void> {
  const { context, container, run, model, signal } = start
  if (!container.model) return
  const { uri, form } = container.model
  const at = parseS3Uri(uri)
  if (!at) throw new ServingFailure(`Could not find model data at ${uri}: it is no S3 URI.`)
  try {
    if (form === 'files') {
      await downloadPrefix({ s3: context.s3, from: at, to: model, signal })
      return
    }
    const file = join(run, 'model.tar.gz')
    await context.s3.get({ ...at, file, signal })
    await unpackSource({ file, folder: model })
    await rm(file)
  } catch (error) {
    if (!(error instanceof JobFailure)) throw error
    throw new ServingFailure(`Could not use the model data at ${uri}: ${error.reason}`, {
      cause: error,
    })
  }
}

export type Health =
  | { state: 'starting' }
  | { state: 'ready'; port: number }
  /** `why` is what the process said last, where it said something. */
  | { state: 'ended'; why: string }

/** Whether the process answers its health check. */
export async function healthOf(run: string): Promise<Health> {
  const process = await inspect(run)
  if (process.state === 'exited' || process.state === 'vanished') {
    const said = await readFile(join(run, 'failure'), 'utf8').catch(ignoreMissing)
    const code = process.state === 'exited' ? `with exit code ${process.code}` : 'without exit code'
    return { state: 'ended', why: said ?? `The inference process ended ${code}.` }
  }
  const port = await portOf(run)
  return port !== undefined && (await pings(port))
    ? { state: 'ready', port }
    : { state: 'starting' }
}

/** The port on 127.0.0.1 that the process listens on, once it has loaded its model. */
export async function portOf(run: string): Promise<number | undefined> {
  const text = await readFile(join(run, 'port'), 'utf8').catch(ignoreMissing)
  return text === undefined ? undefined : Number(text)
}

function pings(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ host: '127.0.0.1', port, path: '/ping', timeout: 2_000 }, (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200)
    })
    asked.on('timeout', () => asked.destroy())
    asked.on('error', () => resolve(false))
    asked.end()
  })
}

/** Ends the process and forgets the start: its folder goes with it. */
export async function endInference(run: string): Promise<void> {
  await endProcess({ run, graceSeconds: 0 })
  await rm(run, { recursive: true, force: true })
}
