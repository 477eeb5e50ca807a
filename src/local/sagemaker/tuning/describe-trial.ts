/** Trials as DescribeHyperParameterTuningJob and its siblings show them. */

import type { JobEngine } from '../jobs/engine'
import type { JobRecord } from '../jobs/job'
import { defined, type Json } from '../json'
import { definitionsOf } from './definition'
import type { Trial, TuningRecord } from './tuning-job'

interface DescribeOptions {
  engine: Pick<JobEngine, 'get'>
  arnOfTrial: (name: string) => string
  record: TuningRecord
  trial: Trial
}

/** One of HyperParameterTrainingJobSummary. */
export function trialSummary({ engine, arnOfTrial, record, trial }: DescribeOptions): Json {
  const job = engine.get({ kind: 'training', name: trial.name })
  const definition = definitionsOf(record.request)[trial.definition]
  const { end } = trial
  return defined({
    TrainingJobDefinitionName: definition?.name,
    TrainingJobName: trial.name,
    TrainingJobArn: arnOfTrial(trial.name),
    CreationTime: job?.creationTime ?? trial.creationTime,
    TrainingStartTime: job?.startTime,
    TrainingEndTime: job?.endTime ?? end?.at,
    TrainingJobStatus: trialStatus({ trial, job }),
    TunedHyperParameters: trial.values,
    FailureReason: end?.failureReason,
    FinalHyperParameterTuningJobObjectiveMetric:
      end?.objective === undefined || !definition
        ? undefined
        : {
            Type: definition.objective.type,
            MetricName: definition.objective.metric,
            Value: end.objective,
          },
    ObjectiveStatus: objectiveStatus(trial),
  })
}

export function trialStatus(options: { trial: Trial; job: JobRecord | undefined }): string {
  const { trial, job } = options
  return trial.end?.status ?? job?.status ?? 'InProgress'
}

export function trainingJobCounters({ trials }: TuningRecord): Json {
  const ended = (status: string) => trials.filter(({ end }) => end?.status === status).length
  return {
    Completed: ended('Completed'),
    InProgress: trials.filter(({ end }) => !end).length,
    RetryableError: 0,
    // Internal errors are tried again within the training job, by its own RetryStrategy.
    NonRetryableError: ended('Failed'),
    Stopped: ended('Stopped'),
  }
}

export function objectiveCounters({ trials }: TuningRecord): Json {
  const count = (status: string) =>
    trials.filter((trial) => objectiveStatus(trial) === status).length
  return { Succeeded: count('Succeeded'), Pending: count('Pending'), Failed: count('Failed') }
}

function objectiveStatus({ end }: Trial): 'Succeeded' | 'Pending' | 'Failed' {
  if (!end) return 'Pending'
  return end.objective === undefined ? 'Failed' : 'Succeeded'
}
