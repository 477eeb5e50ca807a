import { chunks } from '../chunks'
import { HoldfastError, messageOf } from '../errors'
import type { PlainRequest } from './sign-request'
import type { CurvePoint } from './training-curve'

/** Milliseconds. */
const callTimeout = 15_000
/** At most so many in one `log-batch` (MLflow REST API, "Log Batch"). */
const mostMetrics = 1_000
const mostOthers = 100
/** In one page of a search, each with its settings and last metrics. */
const mostRuns = 200
/** Characters of a value (mlflow/utils/validation.py). */
const longest = { param: 6_000, tag: 8_000 }

/** By this tag a run is found again: whatever is sent twice is one. */
export const runTag = 'holdfast.run'

export interface MlflowRun {
  runId: string
  experimentId: string
  isRunning: boolean
  tags: ReadonlyMap<string, string>
  /** Path of its artifacts at the server's proxy; null when the server does not hand them on. */
  artifactPath: string | null
  /** Where they lie, as the server says. */
  artifactUri: string
  /** The last step that the server has of each metric. */
  lastSteps: ReadonlyMap<string, number>
  /** Names of its params. */
  params: ReadonlySet<string>
}

export interface MlflowAccess {
  /** Of the server. */
  url: string
  /** What people know the server by, where that is not its URL. */
  name?: string
  /** Sent with every request; names in lower case. */
  headers?: Record<string, string>
  /** Gives the headers with which a request is sent. Absent: they are sent as they are. */
  sign?: (request: PlainRequest) => Promise<Record<string, string>>
  signal?: AbortSignal
}

/**
 * MLflow's tracking server by its REST API. There is no client for JavaScript that is kept up, and
 * these few calls have been the same since MLflow 2.0.
 *
 * @example
 * const mlflow = mlflowClient({ url: 'http://127.0.0.1:5000' })
 * const run = await mlflow.findOrCreateRun({ experiment: 'reviews', name, tag: 'holdfast.run', startedAt })
 */
export type MlflowClient = ReturnType<typeof mlflowClient>

export function mlflowClient(access: MlflowAccess) {
  const { url, headers: own = {}, sign, signal } = access
  const base = url.replace(/\/+$/, '')

  async function call(method: string, path: string, body?: string | Uint8Array, query = '') {
    const timeout = AbortSignal.timeout(callTimeout)
    const isJson = typeof body === 'string'
    const at = new URL(`${base}/api/2.0/${path}${query}`)
    const headers = {
      ...(body !== undefined && {
        'content-type': isJson ? 'application/json' : 'application/octet-stream',
      }),
      ...own,
    }
    let response: Response
    try {
      response = await fetch(at, {
        method,
        headers: sign ? await sign({ method, url: at, headers, body: body ?? '' }) : headers,
        ...(body !== undefined && { body }),
        redirect: 'error',
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      })
    } catch (cause) {
      throw unreachable(`it does not answer: ${messageOf(cause)}`, cause)
    }
    const text = await response.text()
    if (response.ok) return parsed(text)
    const { error_code: code = '', message = '' } = parsed(text) as Record<string, string>
    if (code === 'RESOURCE_DOES_NOT_EXIST' || code === 'RESOURCE_ALREADY_EXISTS') return { code }
    const what = `${path} answered ${response.status} ${code} ${message || text}`.slice(0, 500)
    const passes = response.status === 429 || response.status >= 500
    throw passes ? unreachable(what) : failed(what)
  }
  const post = (path: string, body: object) => call('POST', path, JSON.stringify(body))

  /** Tried again, unlike a refusal. */
  function unreachable(what: string, cause?: unknown): HoldfastError {
    const { what: message, where, hint } = failed(what)
    return new HoldfastError({ code: 'E_FEED_UNREACHABLE', what: message, where, hint, cause })
  }

  function failed(what: string): HoldfastError {
    return new HoldfastError({
      code: 'E_FEED',
      what: `it could not be shown in MLflow: ${what}`,
      where: base,
      hint: 'check `feeds.mlflow`; the run or sweep itself is not affected',
    })
  }

  async function findExperiment(name: string): Promise<string | undefined> {
    const query = `?experiment_name=${encodeURIComponent(name)}`
    const found = await call('GET', 'mlflow/experiments/get-by-name', undefined, query)
    return idIn(found['experiment'])
  }

  async function experimentId(name: string): Promise<string> {
    const id = await findExperiment(name)
    if (id !== undefined) return id
    // Somebody may create it at the same moment: then it is there.
    const created = await post('mlflow/experiments/create', { name })
    const made = created['experiment_id'] ?? (await findExperiment(name))
    if (typeof made === 'string') return made
    throw failed(`the experiment ${name} can neither be found nor created; was it deleted?`)
  }

  /** Of the runs that have this tag, the oldest first. */
  async function search(options: {
    experimentId: string
    tag: string
    value: string
    most: number
    pageToken?: string | undefined
  }): Promise<{ runs: MlflowRun[]; nextPage: string | undefined }> {
    const { experimentId, tag, value, most, pageToken } = options
    const found = await post('mlflow/runs/search', {
      experiment_ids: [experimentId],
      filter: `tags.\`${tag}\` = '${value.replaceAll("'", '')}'`,
      // Should two have been made at the same moment, all take the same one.
      order_by: ['attributes.start_time ASC'],
      max_results: most,
      ...(pageToken !== undefined && { page_token: pageToken }),
    })
    const runs = ((found['runs'] ?? []) as RunFound[]).map(runOf)
    return { runs, nextPage: (found['next_page_token'] as string | undefined) || undefined }
  }

  return {
    /** Undefined: nobody made it. */
    async findRun(options: RunKey): Promise<MlflowRun | undefined> {
      const { experiment, name, tag } = options
      const experimentId = await findExperiment(experiment)
      if (experimentId === undefined) return undefined
      return (await search({ experimentId, tag, value: name, most: 1 })).runs[0]
    },

    /** All that have this tag, page by page. */
    async findRuns(options: { experimentId: string; tag: string; value: string }) {
      const all: MlflowRun[] = []
      let pageToken: string | undefined
      do {
        const { runs, nextPage } = await search({ ...options, most: mostRuns, pageToken })
        all.push(...runs)
        pageToken = nextPage
      } while (pageToken !== undefined)
      return all
    },

    /** A run is known again by its tag: sent twice, it is one. */
    async findOrCreateRun(
      options: RunKey & {
        /** Milliseconds since 1970. */
        startedAt: number
        /** What people see; its name unless given. */
        title?: string
        /** What else it has from its beginning; asked for only when it is made. */
        tags?: () => Promise<Tags>
      },
    ): Promise<MlflowRun> {
      const { experiment, name, tag, startedAt, title = name } = options
      const experiment_id = await experimentId(experiment)
      const found = await search({ experimentId: experiment_id, tag, value: name, most: 1 })
      const [existing] = found.runs
      if (existing) return existing
      const { run } = (await post('mlflow/runs/create', {
        experiment_id,
        run_name: title,
        start_time: startedAt,
        tags: pairs({ ...(await options.tags?.()), [tag]: name }, longest.tag),
      })) as { run: RunFound }
      return runOf(run)
    },

    /** Those that it has are left out: none can be changed. */
    async logParams(run: MlflowRun, params: Record<string, string>): Promise<void> {
      const all = pairs(params, longest.param).filter(({ key }) => !run.params.has(key))
      for (const some of chunks(all, mostOthers))
        await post('mlflow/runs/log-batch', { run_id: run.runId, params: some })
    },

    /** What is not known is left out. */
    async setTags(run: MlflowRun, tags: Tags): Promise<void> {
      for (const some of chunks(pairs(tags, longest.tag), mostOthers))
        await post('mlflow/runs/log-batch', { run_id: run.runId, tags: some })
    },

    /**
     * Points of steps that the server has already are left out: those that another try sent, and those
     * that were trained again after an interruption.
     */
    async logMetrics(run: MlflowRun, points: readonly CurvePoint[]): Promise<void> {
      const all = points
        .map(({ metric, ...rest }) => ({ key: keyOf(metric), ...rest }))
        .filter(({ key, step }) => step > (run.lastSteps.get(key) ?? -Infinity))
      for (const metrics of chunks(all, mostMetrics))
        await post('mlflow/runs/log-batch', { run_id: run.runId, metrics })
    },

    async uploadArtifact(run: MlflowRun, name: string, bytes: Uint8Array): Promise<void> {
      if (run.artifactPath === null) throw failed('its artifacts do not go through the server')
      const path = [...run.artifactPath.split('/'), name].map(encodeURIComponent).join('/')
      await call('PUT', `mlflow-artifacts/artifacts/${path}`, bytes)
    },

    async endRun(
      run: MlflowRun,
      end: { status: 'FINISHED' | 'FAILED' | 'KILLED'; endedAt: number },
    ): Promise<void> {
      const { status, endedAt: end_time } = end
      await post('mlflow/runs/update', { run_id: run.runId, status, end_time })
    },
  }
}

/** By what a run is found again. */
export interface RunKey {
  experiment: string
  name: string
  tag: string
}

export type Tags = Record<string, string | null | undefined>

interface RunFound {
  info: { run_id: string; experiment_id: string; artifact_uri?: string; status?: string }
  data?: {
    metrics?: { key: string; step?: number | string }[]
    params?: { key: string }[]
    tags?: { key: string; value: string }[]
  }
}

function runOf({ info, data }: RunFound): MlflowRun {
  const { run_id, experiment_id, artifact_uri = '', status } = info
  const path = /^mlflow-artifacts:\/+(?:[^/]+:\d+\/)?(.+)$/.exec(artifact_uri)?.[1] ?? null
  const lastSteps = (data?.metrics ?? []).map(({ key, step = 0 }) => [key, Number(step)] as const)
  return {
    runId: run_id,
    experimentId: experiment_id,
    isRunning: status === 'RUNNING',
    tags: new Map((data?.tags ?? []).map(({ key, value }) => [key, value])),
    artifactPath: path,
    artifactUri: artifact_uri,
    lastSteps: new Map(lastSteps),
    params: new Set((data?.params ?? []).map(({ key }) => key)),
  }
}

function idIn(experiment: unknown): string | undefined {
  const { experiment_id, lifecycle_stage } = (experiment ?? {}) as Record<string, string>
  return lifecycle_stage === 'deleted' ? undefined : experiment_id
}

function pairs(values: Tags, most: number) {
  return Object.entries(values).flatMap(([key, value]) =>
    value === null || value === undefined ? [] : [{ key: keyOf(key), value: value.slice(0, most) }],
  )
}

/** Letters, digits, `_-. :/` and at most 250 of them (mlflow/utils/validation.py). */
function keyOf(name: string): string {
  return name.replace(/[^\w\-. :/]/g, '_').slice(0, 250)
}

function parsed(text: string): Record<string, unknown> {
  try {
    return (JSON.parse(text) ?? {}) as Record<string, unknown>
  } catch {
    return {}
  }
}
