/** CreateHyperParameterTuningJob, Describe, List, Stop, ListTrainingJobsForHyperParameterTuningJob. */

import { randomBytes } from 'node:crypto'
import { jobNotStoppable, tuningJobNameTaken, tuningJobNotFound } from '../aws-error'
import { defined, list, number, omit, requiredText, text, type Json } from '../json'
import { pageOf } from '../page'
import type { Tag } from '../state/registry-state'
import { checkTuningRequest } from '../tuning/check-tuning-request'
import { configOf } from '../tuning/definition'
import { trialStatus, trialSummary } from '../tuning/describe-trial'
import { tuningJobDescription, tuningJobSummary } from '../tuning/describe-tuning-job'
import type { Trial, TuningRecord } from '../tuning/tuning-job'
import { inheritedFindings } from '../tuning/warm-start'
import { arnOf, epochSeconds, type Context, type Operation } from './context'
import { isWithin } from './list-jobs'

export const createHyperParameterTuningJob: Operation = async (context, input) => {
  checkTuningRequest(input)
  const name = requiredText(input, 'HyperParameterTuningJobName')
  const arn = arnOf(context, `hyper-parameter-tuning-job/${name}`)
  const key = arn.toLowerCase()
  if (context.tuner.get(name) || context.creating.has(key)) throw tuningJobNameTaken(arn)
  const inherited = inheritedFindings({
    request: input,
    find: (parent) => context.tuner.get(parent),
  })
  context.creating.add(key)
  try {
    // Tags first: a job that is on disk has them.
    await context.store.update((state) => (state.tags[arn] = list(input, 'Tags') as Tag[]))
    await context.tuner.create(newRecord({ context, name, arn, request: input, inherited }))
  } finally {
    context.creating.delete(key)
  }
  return { output: { HyperParameterTuningJobArn: arn } }
}

function newRecord(
  options: { context: Context } & Pick<TuningRecord, 'name' | 'arn' | 'request' | 'inherited'>,
): TuningRecord {
  const { context, ...rest } = options
  const at = epochSeconds(context)
  const seed = number(configOf(rest.request), 'RandomSeed') ?? randomBytes(4).readUInt32BE()
  return {
    ...rest,
    seed,
    status: 'InProgress',
    creationTime: at,
    lastModifiedTime: at,
    trials: [],
  }
}

export const describeHyperParameterTuningJob: Operation = async (context, input) => ({
  output: tuningJobDescription(context, find(context, input)),
})

export const listHyperParameterTuningJobs: Operation = async (context, input) => {
  // API reference: by name, ascending, ten to a page, when not said otherwise.
  const sortBy = text(input, 'SortBy') ?? 'Name'
  const { items, nextToken } = pageOf({
    items: context.tuner.list().filter((record) => isListed(record, input)),
    sortKey: ({ name, status, creationTime }) =>
      sortBy === 'Name' ? name : sortBy === 'Status' ? status : creationTime,
    id: ({ name }) => name,
    descending: text(input, 'SortOrder') === 'Descending',
    size: number(input, 'MaxResults') ?? 10,
    token: text(input, 'NextToken'),
    filter: omit(input, ['NextToken', 'MaxResults']),
  })
  const summaries = items.map(tuningJobSummary)
  return {
    output: defined({ HyperParameterTuningJobSummaries: summaries, NextToken: nextToken }),
  }
}

function isListed(record: TuningRecord, input: Json): boolean {
  const status = text(input, 'StatusEquals')
  return (
    record.name.includes(text(input, 'NameContains') ?? '') &&
    (status === undefined || record.status === status) &&
    isWithin({ time: record.creationTime, input, member: 'CreationTime' }) &&
    isWithin({ time: record.lastModifiedTime, input, member: 'LastModifiedTime' })
  )
}

export const stopHyperParameterTuningJob: Operation = async (context, input) => {
  const { name, status } = find(context, input)
  if (status !== 'InProgress') throw jobNotStoppable({ kind: 'hyper parameter tuning', status })
  await context.tuner.stop(name)
  return { output: {} }
}

export const listTrainingJobsForHyperParameterTuningJob: Operation = async (context, input) => {
  const record = find(context, input)
  const { engine } = context
  const statusOf = (trial: Trial) =>
    trialStatus({ trial, job: engine.get({ kind: 'training', name: trial.name }) })
  const wanted = text(input, 'StatusEquals')
  const sortBy = text(input, 'SortBy') ?? 'Name'
  const { items, nextToken } = pageOf({
    items: record.trials.filter((trial) => wanted === undefined || statusOf(trial) === wanted),
    sortKey: (trial) => {
      if (sortBy === 'CreationTime') return trial.creationTime
      if (sortBy === 'Status') return statusOf(trial)
      // API reference: those without a value come last in the ascending order, too.
      if (sortBy === 'FinalObjectiveMetricValue') return trial.end?.objective ?? Number.MAX_VALUE
      return trial.name
    },
    id: ({ name }) => name,
    descending: text(input, 'SortOrder') === 'Descending',
    size: number(input, 'MaxResults') ?? 10,
    token: text(input, 'NextToken'),
    filter: omit(input, ['NextToken', 'MaxResults']),
  })
  const arnOfTrial = (name: string) => arnOf(context, `training-job/${name}`)
  const summaries = items.map((trial) => trialSummary({ engine, arnOfTrial, record, trial }))
  return { output: defined({ TrainingJobSummaries: summaries, NextToken: nextToken }) }
}

function find(context: Context, input: Json): TuningRecord {
  const name = requiredText(input, 'HyperParameterTuningJobName')
  const record = context.tuner.get(name)
  if (!record) throw tuningJobNotFound(name)
  return record
}
