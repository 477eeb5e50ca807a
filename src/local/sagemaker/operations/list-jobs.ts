/** Filters, sorts and pages jobs: what ListTrainingJobs and ListProcessingJobs share. */

import { number, omit, text, type Json } from '../json'
import type { JobKind, JobRecord } from '../jobs/job'
import { pageOf } from '../page'
import type { Context } from './context'

export function listJobs(options: { context: Context; kind: JobKind; input: Json }): {
  jobs: JobRecord[]
  nextToken?: string
} {
  const { context, kind, input } = options
  const filter = omit(input, ['NextToken', 'MaxResults'])
  // API reference: sorted by CreationTime, ascending, ten to a page, when not said otherwise.
  const sortBy = text(input, 'SortBy') ?? 'CreationTime'
  const { items, nextToken } = pageOf({
    items: context.engine.list(kind).filter((job) => matches({ job, input })),
    sortKey: (job) => sortKeyOf({ job, sortBy }),
    id: (job) => job.name,
    descending: text(input, 'SortOrder') === 'Descending',
    size: number(input, 'MaxResults') ?? 10,
    token: text(input, 'NextToken'),
    filter,
  })
  return nextToken === undefined ? { jobs: items } : { jobs: items, nextToken }
}

function matches(options: { job: JobRecord; input: Json }): boolean {
  const { job, input } = options
  const nameContains = text(input, 'NameContains')
  const status = text(input, 'StatusEquals')
  return (
    (nameContains === undefined || job.name.includes(nameContains)) &&
    (status === undefined || job.status === status) &&
    isWithin({ time: job.creationTime, input, member: 'CreationTime' }) &&
    isWithin({ time: job.lastModifiedTime, input, member: 'LastModifiedTime' })
  )
}

/** `CreationTimeAfter` and `CreationTimeBefore` exclude the time itself; epoch seconds. */
export function isWithin(options: { time: number; input: Json; member: string }): boolean {
  const { time, input, member } = options
  const after = number(input, `${member}After`)
  const before = number(input, `${member}Before`)
  return (after === undefined || time > after) && (before === undefined || time < before)
}

function sortKeyOf(options: { job: JobRecord; sortBy: string }): string | number {
  const { job, sortBy } = options
  if (sortBy === 'Name') return job.name
  return sortBy === 'Status' ? job.status : job.creationTime
}
