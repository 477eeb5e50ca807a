/** Faults on order: scenario.yaml says which jobs are interrupted when, and which API calls go wrong. */

import { createHash } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs'

import { isMap, LineCounter, parseDocument } from 'yaml'

import { HoldfastError, messageOf } from '../../../errors'
import { ignoreMissing } from './durable-file'
import type { JobLogger } from './logger'
import { seededRandom } from './random'
import {
  parseRule,
  scenarioSchema,
  type EndpointRule,
  type JobRule,
  type OperationRule,
} from './scenario-schema'

export type Fault = OperationRule['do']
export type EndpointFault = EndpointRule['do']

/** A job rule with the key under which its firings are counted; the key changes when the rule is edited. */
export interface KeyedJobRule extends JobRule {
  key: string
  index: number
}

export interface Scenario {
  /** The fault for this call of an API operation, if one is due. Counted on disk before it is returned. */
  nextFault(operation: string): Fault | undefined
  /** How an update of this endpoint ends, if not well. Counted on disk before it is returned. */
  nextEndpointFault(endpointName: string): EndpointFault | undefined
  /** The rules about one job, in the order of the file. */
  jobRules(jobName: string): KeyedJobRule[]
  /** Whether the dice of a rule allow it at this occasion; the same answer however often it is asked. */
  allows(options: { rule: KeyedJobRule; jobName: string; occasion: number }): boolean
  readonly seed: number
  readonly timeScale: number
  readonly nastySync: boolean
  readonly stoppedSync: boolean
  readonly scriptedSeconds: number | undefined
}

interface Loaded {
  seed: number
  timeScale: number
  nastySync: boolean
  stoppedSync: boolean
  scriptedSeconds: number | undefined
  jobs: KeyedJobRule[]
  operations: (OperationRule & { key: string; index: number })[]
  endpoints: (EndpointRule & { key: string; index: number })[]
}

const nothing: Loaded = {
  seed: 0,
  timeScale: 1,
  nastySync: false,
  stoppedSync: false,
  scriptedSeconds: undefined,
  jobs: [],
  operations: [],
  endpoints: [],
}

/**
 * @example
 * const scenario = createScenario({ file: '.holdfast/scenario.yaml' })
 * if (scenario.nextFault('CreateTrainingJob') === 'throttle') refuse()
 */
export function createScenario(options: { file: string; logger?: JobLogger }): Scenario {
  const { file, logger } = options
  let seen = ''
  let loaded = nothing
  const counts = createFaultCounts(`${file}.fired.json`)

  function current(): Loaded {
    const stamp = stampOf(file)
    if (stamp === seen || stamp === undefined) return loaded
    seen = stamp
    if (stamp === '') return (loaded = nothing)
    try {
      loaded = parseScenario({ text: readFileSync(file, 'utf8'), file })
    } catch (error) {
      const hint = error instanceof HoldfastError ? error.hint : undefined
      const details = { error: messageOf(error), hint }
      if (logger) logger.error(details, 'the scenario file is not used')
      else console.error(`the scenario file is not used: ${messageOf(error)}`)
    }
    return loaded
  }

  /** What the first rule does that is not used up, and whose dice fall so. */
  function firstHit<What>(
    about: string,
    rules: { do: What; key: string; index: number; times: number; probability: number }[],
  ): What | undefined {
    for (const { key, index, times, probability, do: what } of rules) {
      if (counts.fired(key) >= times) continue
      const hit = seededRandom(current().seed, about, index, counts.asked(key))() < probability
      counts.count({ key, fired: hit })
      if (hit) return what
    }
    return undefined
  }

  return {
    get seed() {
      return current().seed
    },
    get timeScale() {
      return current().timeScale
    },
    get nastySync() {
      return current().nastySync
    },
    get stoppedSync() {
      return current().stoppedSync
    },
    get scriptedSeconds() {
      return current().scriptedSeconds
    },
    jobRules: (jobName) => current().jobs.filter((rule) => matchesGlob(rule.jobs, jobName)),
    allows: ({ rule, jobName, occasion }) =>
      rule.probability >= 1 ||
      seededRandom(current().seed, jobName, rule.index, occasion)() < rule.probability,
    nextFault: (operation) =>
      firstHit(
        operation,
        current().operations.filter((rule) => rule.operation === operation),
      ),
    nextEndpointFault: (endpointName) =>
      firstHit(
        endpointName,
        current()
          .endpoints.filter((rule) => matchesGlob(rule.endpoints, endpointName))
          .map((rule) => ({ ...rule, key: `${rule.key}:${endpointName}` })),
      ),
  }
}

/** Parses scenario.yaml; throws one HoldfastError that names every fault with its line. */
export function parseScenario(options: { text: string; file: string }): Loaded {
  const { text, file } = options
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const faults = document.errors.map(
    (error) => `line ${error.linePos?.[0].line ?? 1}: ${error.message.split('\n')[0] ?? ''}`,
  )
  if (faults.length > 0) throw badScenario({ file, faults })
  if (document.contents === null) return nothing

  const lineOf = (path: (string | number)[]): number => {
    for (let length = path.length; length > 0; length--) {
      const node = document.getIn(path.slice(0, length), true) as { range?: [number] } | undefined
      if (node?.range) return lines.linePos(node.range[0]).line
    }
    return 1
  }
  const note = (
    issues: readonly { path: PropertyKey[]; message: string }[],
    base: (string | number)[],
  ) => {
    for (const issue of issues) {
      const path = [
        ...base,
        ...issue.path.map((step) => (typeof step === 'number' ? step : String(step))),
      ]
      faults.push(`line ${lineOf(path)}: ${path.join('.') || 'the file'}: ${issue.message}`)
    }
  }

  if (!isMap(document.contents)) throw badScenario({ file, faults: ['line 1: expected a mapping'] })
  const head = scenarioSchema.safeParse(document.toJS())
  if (!head.success) {
    note(head.error.issues, [])
    throw badScenario({ file, faults })
  }
  const result: Loaded = {
    seed: head.data.seed,
    timeScale: head.data.timeScale,
    nastySync: head.data.sync.nasty,
    stoppedSync: head.data.sync.stopped,
    scriptedSeconds: head.data.scriptedSeconds,
    jobs: [],
    operations: [],
    endpoints: [],
  }
  head.data.rules.forEach((raw, index) => {
    const key = `${index}:${createHash('sha256').update(JSON.stringify(raw)).digest('hex').slice(0, 8)}`
    const { job, operation, endpoint } = parseRule(raw)
    if (job?.success) result.jobs.push({ ...job.data, key, index })
    if (operation?.success) result.operations.push({ ...operation.data, key, index })
    if (endpoint?.success) result.endpoints.push({ ...endpoint.data, key, index })
    const [error] = [job, operation, endpoint].flatMap((each) => each?.error ?? [])
    note(error?.issues ?? [], ['rules', index])
  })
  if (faults.length > 0) throw badScenario({ file, faults })
  return result
}

function badScenario(options: { file: string; faults: string[] }): HoldfastError {
  return new HoldfastError({
    code: 'E_SCENARIO_INVALID',
    what: `the scenario cannot be used: ${options.faults.join('; ')}`,
    where: options.file,
    hint: 'mend the file: it is read again when it changes; until then the last good one is in force',
  })
}

/** `*` is any run of characters, `?` any one. */
export function matchesGlob(glob: string, name: string): boolean {
  const source = [...glob]
    .map((c) => (c === '*' ? '.*' : c === '?' ? '.' : c.replace(/[\\^$.|+()[\]{}]/g, '\\$&')))
    .join('')
  return new RegExp(`^${source}$`).test(name)
}

/** Kept on disk, because a rule that crashes the server must not crash it again after each restart. */
function createFaultCounts(file: string) {
  type Counts = Record<string, { asked: number; fired: number }>
  let counts: Counts | undefined
  const all = (): Counts => {
    if (counts) return counts
    try {
      counts = JSON.parse(readFileSync(file, 'utf8')) as Counts
    } catch {
      counts = {}
    }
    return counts
  }
  return {
    fired: (key: string) => all()[key]?.fired ?? 0,
    asked: (key: string) => all()[key]?.asked ?? 0,
    count({ key, fired }: { key: string; fired: boolean }) {
      const before = all()[key] ?? { asked: 0, fired: 0 }
      all()[key] = { asked: before.asked + 1, fired: before.fired + (fired ? 1 : 0) }
      const handle = openSync(`${file}.tmp`, 'w')
      writeSync(handle, JSON.stringify(all()))
      fsyncSync(handle)
      closeSync(handle)
      renameSync(`${file}.tmp`, file)
    },
  }
}

/** Milliseconds for which an empty file counts as one that is being written: editors empty it first. */
const emptyFor = 1_000

/** Changes with the file; undefined while it is being written. */
function stampOf(file: string): string | undefined {
  try {
    const { mtimeMs, size, ino } = statSync(file)
    if (size === 0 && Date.now() - mtimeMs < emptyFor) return undefined
    return `${mtimeMs} ${size} ${ino}`
  } catch (error) {
    return ignoreMissing(error) ?? ''
  }
}
