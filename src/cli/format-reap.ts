import type { AppliedReaper } from '../client'
import { formatDuration } from '../duration'
import { countVerdicts, type JudgedJob, type ReapReport, type Verdict } from '../reaper/judged-job'
import type { JudgedEndpoint } from '../reaper/judged-endpoint'
import { cleanLine } from './clean-text'
import type { Colors } from './colors'
import { formatTableWithHead } from './format-table'

/** What a pass of the reaper found and did, for people. */
export function formatReap(options: { report: ReapReport; colors: Colors }): string[] {
  const { report, colors } = options
  const { jobs, others, endpoints, region, namespaceId } = report
  const rows = jobs.map((job) => [
    job.jobName,
    cleanLine(job.workflowId ?? '(unknown)'),
    formatDuration((Date.parse(report.at) - Date.parse(job.createdAt)) / 1000),
    colorVerdict({ job, report, colors }),
    cleanLine(job.why),
  ])
  const head = ['JOB', 'OWNER', 'AGE', 'VERDICT', 'WHY']
  return [
    ...(rows.length > 0 ? formatTableWithHead(head, rows, colors) : []),
    `${countLine(report)} in ${region}; ${others} of somebody else without our tags`,
    ...(endpoints.length > 0 ? endpointTable({ report, colors }) : []),
    colors.dim(`our namespace is ${namespaceId}`),
  ]
}

function colorVerdict(options: { job: JudgedJob; report: ReapReport; colors: Colors }): string {
  const { job, report, colors } = options
  const { verdict } = job
  if (verdict === 'orphan' && report.dryRun)
    return colors.yellow(job.remedy === 'stop the job' ? 'would stop' : 'would cancel')
  const loud: Verdict[] = ['orphan', 'failed', 'unknown']
  if (loud.includes(verdict)) return colors.red(verdict)
  return ['stopped', 'cancelled'].includes(verdict) ? colors.yellow(verdict) : verdict
}

function endpointTable({ report, colors }: { report: ReapReport; colors: Colors }): string[] {
  const rows = report.endpoints.map((endpoint) => [
    endpoint.endpointName,
    endpoint.status,
    endpointVerdict({ endpoint, report, colors }),
    cleanLine(endpoint.why),
  ])
  return ['', ...formatTableWithHead(['ENDPOINT', 'STATUS', 'VERDICT', 'WHY'], rows, colors)]
}

/** `would undeploy`, `undeploying`; of those that go back likewise. */
function endpointVerdict(options: {
  endpoint: JudgedEndpoint
  report: ReapReport
  colors: Colors
}): string {
  const { endpoint, report, colors } = options
  const { verdict, remedy } = endpoint
  if (verdict === 'due' && report.dryRun) return colors.yellow(`would ${remedy}`)
  if (verdict === 'started')
    return colors.yellow(remedy === 'undeploy' ? 'undeploying' : 'going back')
  return verdict === 'unknown' ? colors.red(verdict) : verdict
}

/** `3 jobs of Holdfast's: 2 kept, 1 stopped`. */
function countLine({ jobs, dryRun }: ReapReport): string {
  const counts = Object.entries(countVerdicts(jobs)).map(
    ([verdict, count]) =>
      `${count} ${verdict === 'orphan' && dryRun ? 'would be stopped' : verdict}`,
  )
  const total = `${jobs.length} ${jobs.length === 1 ? 'job' : 'jobs'} of Holdfast's under way`
  return counts.length > 0 ? `${total} (${counts.join(', ')})` : total
}

/** What `reap schedule` did or, with `dryRun`, would do. */
export function formatAppliedReaper(options: {
  applied: AppliedReaper
  dryRun: boolean
}): string[] {
  const { applied, dryRun } = options
  const { action, every, grace, paused, next } = applied
  const verb = dryRun && action !== 'unchanged' ? `would be ${action}` : `is ${action}`
  return [
    `The reaper's schedule ${verb}: every ${formatDuration(every)}, jobs from ${formatDuration(grace)} of age.`,
    ...(paused ? ['It is paused.'] : []),
    ...next.map((at) => `  ${at}`),
  ]
}
