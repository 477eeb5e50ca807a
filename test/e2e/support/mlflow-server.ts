import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { freePorts } from '../../../src/local/free-ports'
import { waitFor } from './wait-for'

export interface MlflowServer {
  url: string
  python: string
  /** `mlflow/runs/search` and the like: what the server answers. */
  post(path: string, body: object): Promise<Record<string, unknown>>
  /** The runs of an experiment by their names, of which none is there twice. */
  runs(experiment: string): Promise<Record<string, ShownRun>>
  stop(): Promise<void>
}

export interface ShownRun {
  id: string
  status: string
  params: Record<string, string>
  tags: Record<string, string>
  /** The last step of each, and its value. */
  metrics: Record<string, [step: number, value: number]>
}

interface RunFound {
  info: { run_id: string; run_name: string; status: string }
  data: { params?: Pair[]; tags?: Pair[]; metrics?: { key: string; value: number; step: number }[] }
}
type Pair = { key: string; value: string }

/** MLflow's own tracking server, with a database and artifacts in a new folder. */
export async function startMlflow(): Promise<MlflowServer> {
  const python = process.env['HOLDFAST_PYTHON_MLFLOW']
  if (!python) throw new Error('HOLDFAST_PYTHON_MLFLOW is not set: run `npm test`')
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-mlflow-'))
  const [port = 0] = await freePorts(1)
  const url = `http://127.0.0.1:${port}`
  const args = [
    ...['-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1'],
    ...['--backend-store-uri', `sqlite:///${folder}/runs.db`, '--serve-artifacts'],
    ...['--artifacts-destination', join(folder, 'artifacts')],
  ]
  // A group of its own, as the server starts others.
  const child = spawn(python, args, {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: folder, MLFLOW_DISABLE_TELEMETRY: 'true' },
  })
  let errors = ''
  child.stderr.on(
    'data',
    (chunk: Buffer) => (errors = `${errors}${chunk.toString()}`.slice(-4_000)),
  )
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const stop = async () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  async function post(path: string, body: object) {
    const response = await fetch(`${url}/api/2.0/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return (await response.json()) as Record<string, unknown>
  }
  try {
    await waitFor(
      async () => {
        if (child.exitCode !== null) throw new Error(`MLflow did not start: ${errors}`)
        return fetch(`${url}/health`).then(
          ({ ok }) => ok,
          () => false,
        )
      },
      { what: 'MLflow’s server', deadline: 240 },
    )
    // The first question makes the database, which takes seconds.
    await post('mlflow/experiments/search', { max_results: 1 })
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url,
    python,
    stop,
    post,
    async runs(experiment) {
      const { experiments = [] } = await post('mlflow/experiments/search', { max_results: 100 })
      const known = experiments as { experiment_id: string; name: string }[]
      const ids = known.flatMap(({ name, experiment_id }) =>
        name === experiment ? [experiment_id] : [],
      )
      if (ids.length === 0) return {}
      const { runs = [] } = await post('mlflow/runs/search', { experiment_ids: ids })
      const byName = new Map<string, ShownRun>()
      for (const { info, data } of runs as RunFound[]) {
        const { run_name: name, run_id: id, status } = info
        if (byName.has(name)) throw new Error(`${name} is there twice`)
        byName.set(name, { id, status, ...plain(data) })
      }
      return Object.fromEntries(byName)
    },
  }
}

function plain({ params = [], tags = [], metrics = [] }: RunFound['data']) {
  const texts = (pairs: Pair[]) => Object.fromEntries(pairs.map(({ key, value }) => [key, value]))
  return {
    params: texts(params),
    tags: texts(tags),
    metrics: Object.fromEntries(
      metrics.map(({ key, step, value }) => [key, [step, value] as [number, number]]),
    ),
  }
}
