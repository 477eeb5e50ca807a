/** A tuning job as DescribeHyperParameterTuningJob, List and Search show it. */

import { defined, object, pick, text, type Json } from '../json'
import { arnOf, type Context } from '../operations/context'
import { configOf, definitionsOf, isBetter } from './definition'
import { objectiveCounters, trainingJobCounters, trialSummary } from './describe-trial'
import { bestTrial, notImproving } from './progress'
import type { TuningRecord } from './tuning-job'
import { countsParents } from './warm-start'

export function tuningJobDescription(context: Context, record: TuningRecord): Json {
  const { request } = record
  const ended = record.endTime ?? context.now() / 1000
  return {
    ...pick(request, [
      'HyperParameterTuningJobConfig',
      'TrainingJobDefinition',
      'TrainingJobDefinitions',
      'WarmStartConfig',
    ]),
    ...common(record),
    ...defined({
      LastModifiedTime: record.lastModifiedTime,
      BestTrainingJob: bestSummary(context, record),
      OverallBestTrainingJob: overallBest(context, record),
      FailureReason: record.status === 'Failed' ? record.ending?.failureReason : undefined,
      TuningJobCompletionDetails: {
        NumberOfTrainingJobsObjectiveNotImproving: notImproving(record),
      },
      ConsumedResources: { RuntimeInSeconds: Math.round(ended - record.creationTime) },
    }),
  }
}

/** One of HyperParameterTuningJobSummary. */
export function tuningJobSummary(record: TuningRecord): Json {
  const config = configOf(record.request)
  return {
    ...common(record),
    LastModifiedTime: record.lastModifiedTime,
    Strategy: text(config, 'Strategy'),
    ResourceLimits: object(config, 'ResourceLimits'),
  }
}

function common(record: TuningRecord): Json {
  return defined({
    HyperParameterTuningJobName: record.name,
    HyperParameterTuningJobArn: record.arn,
    HyperParameterTuningJobStatus: record.status,
    CreationTime: record.creationTime,
    HyperParameterTuningEndTime: record.endTime,
    TrainingJobStatusCounters: trainingJobCounters(record),
    ObjectiveStatusCounters: objectiveCounters(record),
  })
}

function bestSummary(context: Context, record: TuningRecord): Json | undefined {
  const trial = bestTrial(record)
  const arnOfTrial = (name: string) => arnOf(context, `training-job/${name}`)
  return trial && trialSummary({ engine: context.engine, arnOfTrial, record, trial })
}

/** API reference: of this job and its parents, when the warm start is of the same data and algorithm. */
function overallBest(context: Context, record: TuningRecord): Json | undefined {
  const objective = definitionsOf(record.request)[0]?.objective
  if (!countsParents(record.request) || !objective) return undefined
  const own = bestTrial(record)?.end?.objective
  const parent = record.inherited.reduce<TuningRecord['inherited'][number] | undefined>(
    (best, each) =>
      !best || isBetter({ value: each.objective, than: best.objective, objective }) ? each : best,
    undefined,
  )
  if (!parent) return bestSummary(context, record)
  const isOwn = own !== undefined && !isBetter({ value: parent.objective, than: own, objective })
  if (isOwn) return bestSummary(context, record)
  const theirs = context.tuner.get(parent.tuningJob)
  const trial = theirs?.trials.find(({ name }) => name === parent.trainingJob)
  const arnOfTrial = (name: string) => arnOf(context, `training-job/${name}`)
  if (!theirs || !trial) return undefined
  const summary = trialSummary({ engine: context.engine, arnOfTrial, record: theirs, trial })
  return { ...summary, TuningJobName: parent.tuningJob }
}
