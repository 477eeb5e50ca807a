/** `ProfilerConfig.ProfilingParameters`: what the framework profiler and SageMaker Profiler are told. */

import { HoldfastError } from '../errors'
import { defined } from './defined'
import { pythonText } from './python-json'
import type { PythonNumber } from './python-json'

/** A range of steps or of time; not both. */
export interface ProfiledRange {
  startStep?: number
  numSteps?: number
  /** Seconds since 1970. */
  startUnixTime?: number
  /** Seconds. */
  duration?: PythonNumber
  /** The default steps, whatever else is said. */
  profileDefaultSteps?: boolean
}

export interface FrameworkProfile extends Omit<ProfiledRange, 'profileDefaultSteps'> {
  /** `/opt/ml/output/profiler`. */
  localPath?: string
  /** Bytes; 10485760. */
  fileMaxSize?: number
  /** Seconds; 60. */
  fileCloseInterval?: PythonNumber
  /** 50. */
  fileOpenFailThreshold?: number
  detailedProfilingConfig?: ProfiledRange
  dataloaderProfilingConfig?: ProfiledRange & { metricsRegex?: string }
  pythonProfilingConfig?: ProfiledRange & {
    pythonProfiler?: 'cprofile' | 'pyinstrument'
    cprofileTimer?: 'total_time' | 'cpu_time' | 'off_cpu_time' | 'default'
  }
  horovodProfilingConfig?: ProfiledRange
  smdataparallelProfilingConfig?: ProfiledRange
}

/** SageMaker Profiler. */
export interface ProfilerParameters {
  /** Seconds; 3600. */
  cpuProfilingDuration?: PythonNumber | string
  /** Seconds; 600. */
  fileRotationInterval?: PythonNumber | string
}

/** The parts of a framework profile, with the step where each begins by default. */
const parts = [
  { key: 'detailedProfilingConfig', name: 'DetailedProfilingConfig', start: 5, count: 1 },
  { key: 'dataloaderProfilingConfig', name: 'DataloaderProfilingConfig', start: 7, count: 1 },
  { key: 'pythonProfilingConfig', name: 'PythonProfilingConfig', start: 9, count: 3 },
  { key: 'horovodProfilingConfig', name: 'HorovodProfilingConfig', start: 13, count: 1 },
  {
    key: 'smdataparallelProfilingConfig',
    name: 'SMDataParallelProfilingConfig',
    start: 15,
    count: 1,
  },
] as const

type Part = (typeof parts)[number]
type AnyRange = NonNullable<FrameworkProfile[Part['key']]>

export function profilerParameters(given: ProfilerParameters): Record<string, string> {
  return {
    CPUProfilingDuration: pythonText(given.cpuProfilingDuration ?? 3600),
    SMPFileRotationSecs: pythonText(given.fileRotationInterval ?? 600),
  }
}

/**
 * Parts that are configured are profiled, and no others; without any, all are: in the range of the
 * profile as a whole, or at the default steps of each.
 *
 * @throws HoldfastError `E_PROFILE`
 * @example
 * frameworkProfileParameters({ startStep: 6 }).HorovodProfilingConfig // '{"StartStep": 6, "NumSteps": 1, }'
 */
export function frameworkProfileParameters(profile: FrameworkProfile): Record<string, string> {
  const { fileMaxSize = 10_485_760, fileCloseInterval = 60, fileOpenFailThreshold = 50 } = profile
  checkAbove({ fileMaxSize, fileCloseInterval, fileOpenFailThreshold })
  const { startStep, numSteps, startUnixTime, duration } = profile
  const range = defined({ startStep, numSteps, startUnixTime, duration })
  const whole = Object.keys(range).length > 0 ? range : { profileDefaultSteps: true }
  const chosen = parts.filter(({ key }) => profile[key] !== undefined)
  const texts = (chosen.length > 0 ? chosen : parts).map((part) => [
    part.name,
    partText(part, profile[part.key] ?? whole),
  ])
  return {
    LocalPath: profile.localPath ?? '/opt/ml/output/profiler',
    RotateMaxFileSizeInBytes: pythonText(fileMaxSize),
    RotateFileCloseIntervalInSeconds: pythonText(fileCloseInterval),
    FileOpenFailThreshold: pythonText(fileOpenFailThreshold),
    ...(Object.fromEntries(texts) as Record<string, string>),
  }
}

/** A dictionary as Python's source, with the comma behind the last member that the SDK writes. */
function partText(part: Part, given: AnyRange): string {
  const members = Object.entries({ ...rangeOf(part, given), ...detailsOf(part, given) })
  const quoted = (value: PythonNumber | string) =>
    typeof value === 'string' ? `"${value}"` : pythonText(value)
  return `{${members.map(([key, value]) => `"${key}": ${quoted(value)}, `).join('')}}`
}

function rangeOf(part: Part, given: ProfiledRange): Record<string, PythonNumber> {
  const { startStep, numSteps, startUnixTime, duration } = given
  const steps = startStep !== undefined || numSteps !== undefined
  const time = startUnixTime !== undefined || duration !== undefined
  if ((steps || given.profileDefaultSteps) && time) {
    refuse('a profile covers steps or a time, not both', part.key)
  }
  checkAbove({ numSteps, duration, startStep: (startStep ?? 0) + 1 })
  if (given.profileDefaultSteps || (!steps && !time)) {
    return { StartStep: part.start, NumSteps: part.count }
  }
  if (steps) return { StartStep: startStep ?? 0, NumSteps: numSteps ?? 1 }
  return defined({ StartTimeInSecSinceEpoch: startUnixTime, Duration: duration })
}

function detailsOf(part: Part, given: AnyRange): Record<string, string> {
  if (part.key === 'dataloaderProfilingConfig') {
    const regex = 'metricsRegex' in given ? given.metricsRegex : undefined
    return { MetricsRegex: readable(regex ?? '.*') }
  }
  if (part.key !== 'pythonProfilingConfig') return {}
  const { pythonProfiler = 'cprofile', cprofileTimer = 'total_time' } = given as NonNullable<
    FrameworkProfile['pythonProfilingConfig']
  >
  return {
    ProfilerName: pythonProfiler,
    ...(pythonProfiler === 'cprofile' && {
      cProfileTimer: given.profileDefaultSteps ? 'default' : cprofileTimer,
    }),
  }
}

function readable(regex: string): string {
  try {
    new RegExp(regex)
    return regex
  } catch {
    return refuse(`${regex} is no regular expression`, 'dataloaderProfilingConfig.metricsRegex')
  }
}

function checkAbove(numbers: Record<string, PythonNumber | undefined>): void {
  for (const [name, value] of Object.entries(numbers)) {
    if (value === undefined || Number(pythonText(value)) > 0) continue
    refuse(`${name} is too small`, name)
  }
}

function refuse(what: string, where: string): never {
  throw new HoldfastError({
    code: 'E_PROFILE',
    what,
    where: `profilerConfig.frameworkProfileParams.${where}`,
  })
}
