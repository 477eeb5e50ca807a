/** A job of sagemaker-local: the part that DescribeTrainingJob shows, and what the engine needs to go on after a kill. */

export type JobKind = 'training' | 'processing'

export type RunnerName = 'toolkit' | 'built-in' | 'scripted'

/** One entry of SecondaryStatusTransitions; times are epoch seconds. */
export interface Transition {
  Status: string
  StartTime: number
  EndTime?: number
  StatusMessage: string
}

/** One entry of FinalMetricDataList. */
export interface FinalMetric {
  MetricName: string
  /** Of 32 bits; what is not finite has a name, in the service's protocol as here. */
  Value: number | 'NaN' | 'Infinity' | '-Infinity'
  /** Epoch seconds. */
  Timestamp: number
}

export interface JobRecord {
  kind: JobKind
  name: string
  arn: string
  /** The Create request, as it was accepted. */
  request: Record<string, unknown>
  /** InProgress, Completed, Failed, Stopping, Stopped. */
  status: string
  secondaryStatus: string
  transitions: Transition[]
  failureReason?: string
  /** All times are epoch seconds. */
  creationTime: number
  startTime?: number
  endTime?: number
  lastModifiedTime: number
  trainingSeconds?: number
  billableSeconds?: number
  /** S3 URI of model.tar.gz. */
  modelArtifacts?: string
  runner: string
  exitMessage?: string
  /** The last value of each metric, over all starts. */
  metrics?: FinalMetric[]
  /** Starts of the container so far: 1, and one more after each interruption or restart. */
  attempt: number
  /** CloudWatch stream names of the first host, one per start; each other host's has its own name in it. */
  logStreams: string[]
  /** How the container ended, once it has. */
  exitCode?: number
  /** The host whose exit code that is, when it is not 0. */
  failedHost?: string
  /** On 127.0.0.1; where the processes of a distributed training meet in the present attempt. */
  masterPort?: number
  /** What was decided for the job and is being carried out. Decided once, then persisted. */
  ending?: Ending
  /** Epoch milliseconds at which capacity returns after an interruption. */
  capacityReturnsAt?: number
  /** Scenario rule → times it has fired for this job. */
  fired: Record<string, number>
  /** Restarts after internal errors (RetryStrategy). */
  retries: number
}

/** A decision that ends the present attempt. */
export type Ending =
  | { do: 'interrupt'; resumeAfterSeconds: number }
  | { do: 'stop'; because: StopCause }
  | { do: 'fail'; reason: string }

export type StopCause = 'user' | 'maxRuntime' | 'maxWait'

/** Carries a FailureReason, worded as the service words it, out of a phase. */
export class JobFailure extends Error {
  readonly reason: string

  constructor(reason: string, options?: { cause?: unknown }) {
    super(reason, options)
    this.name = 'JobFailure'
    this.reason = reason
  }
}

export const terminalStatuses: ReadonlySet<string> = new Set(['Completed', 'Failed', 'Stopped'])

export function isTerminal(job: JobRecord): boolean {
  return terminalStatuses.has(job.status)
}

/** DescribeTrainingJob's FailureReason holds at most 1024 characters. */
export const failureReasonLimit = 1024

/** The record once a decision has been carried out. */
export function withoutEnding(job: JobRecord): JobRecord {
  const copy = { ...job }
  delete copy.ending
  delete copy.capacityReturnsAt
  return copy
}
