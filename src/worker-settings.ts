import { HoldfastError } from './errors'
import { watchedRegions } from './regions/watched-regions'

export interface WorkerSettings {
  /** Seconds between two looks at a young job. */
  pollSeconds: number
  /** Workers that share an account and region: each takes its part of what the services allow. */
  workers: number
  /** Describe calls a second with which all of them together look at jobs. */
  describeRate: number
  /** Others than its own, to which a placement may go: jobs there are watched and reaped. */
  regions: string[]
}

/**
 * What a worker's own variables say, with their defaults: 10 s for a young job (DESIGN); three
 * Describe calls a second, which with the two lists makes five calls in all. AWS publishes no quota.
 *
 * @throws HoldfastError `E_POLL_SECONDS`, `E_WORKERS`, `E_DESCRIBE_RATE` or `E_REGIONS`
 */
export function workerSettings(env: NodeJS.ProcessEnv): WorkerSettings {
  const read = (name: string, rule: Rule) => numberOf({ env, name, ...rule })
  return {
    pollSeconds: read('HOLDFAST_POLL_SECONDS', {
      standard: 10,
      least: 1,
      most: 3_600,
      code: 'E_POLL_SECONDS',
      what: 'a number of seconds',
    }),
    workers: read('HOLDFAST_WORKERS', {
      standard: 1,
      least: 1,
      most: 1_000,
      whole: true,
      code: 'E_WORKERS',
      what: 'the number of workers, whole,',
    }),
    describeRate: read('HOLDFAST_DESCRIBE_RATE', {
      standard: 3,
      least: 0.1,
      most: 1_000,
      code: 'E_DESCRIBE_RATE',
      what: 'a number of calls a second',
    }),
    regions: watchedRegions(env),
  }
}

interface Rule {
  standard: number
  least: number
  most: number
  whole?: boolean
  code: string
  what: string
}

function numberOf(options: Rule & { env: NodeJS.ProcessEnv; name: string }): number {
  const { env, name, standard, least, most, whole = false, code, what } = options
  const text = env[name]
  const value = text === undefined ? standard : Number(text)
  if (value >= least && value <= most && (!whole || Number.isInteger(value))) return value
  throw new HoldfastError({
    code,
    what: `${name} is ${text}`,
    hint: `set it to ${what} from ${least} to ${most}, or leave it out`,
  })
}
