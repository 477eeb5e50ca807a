/** The resources that Search finds: where their records come from, and how they are answered. */

import type { JobRecord } from '../jobs/job'
import { list, type Json } from '../json'
import type { Context } from '../operations/context'
import { groupSummary } from '../operations/model-package-groups'
import { modelPackageDescription } from '../operations/model-packages'
import { trainingJobDescription } from '../operations/training-jobs'
import { tuningJobDescription } from '../tuning/describe-tuning-job'
import { metricSummaries, trialComponent } from './trial-component'

export interface SearchedResource {
  /** The member of SearchRecord that holds it. */
  member: string
  /** Its member that names it uniquely. */
  id: string
  find: (context: Context) => Found[]
}

export interface Found {
  record: Json
  /** What takes reading to know, and is added only where it is asked for or shown. */
  metrics?: () => Promise<Json[]>
}

export const searchedResources: ReadonlyMap<string, SearchedResource> = new Map([
  [
    'TrainingJob',
    {
      member: 'TrainingJob',
      id: 'TrainingJobName',
      find: (context: Context) =>
        context.engine.list('training').map((job) => ({
          record: { ...trainingJobDescription(job), Tags: tagsOfJob(context, job) },
        })),
    },
  ],
  [
    'ExperimentTrialComponent',
    {
      member: 'TrialComponent',
      id: 'TrialComponentName',
      find: (context: Context) =>
        [...context.engine.list('training'), ...context.engine.list('processing')].map((job) => ({
          record: { ...trialComponent(context, job), Tags: tagsOfJob(context, job) },
          metrics: async () =>
            job.kind === 'training'
              ? metricSummaries(job, await context.metrics.seriesOf(job))
              : [],
        })),
    },
  ],
  [
    'HyperParameterTuningJob',
    {
      member: 'HyperParameterTuningJob',
      id: 'HyperParameterTuningJobName',
      find: (context: Context) =>
        context.tuner.list().map((job) => ({
          record: { ...tuningJobDescription(context, job), Tags: tagsOf(context, job.arn) },
        })),
    },
  ],
  [
    'ModelPackageGroup',
    {
      member: 'ModelPackageGroup',
      id: 'ModelPackageGroupName',
      find: (context: Context) =>
        Object.values(context.store.read().groups).map((group) => ({
          record: { ...groupSummary(group), Tags: tagsOf(context, group.arn) },
        })),
    },
  ],
  [
    'ModelPackage',
    {
      member: 'ModelPackage',
      id: 'ModelPackageArn',
      find: (context: Context) =>
        Object.values(context.store.read().packages).map((each) => ({
          record: { ...modelPackageDescription(each), Tags: tagsOf(context, each.arn) },
        })),
    },
  ],
])

function tagsOf(context: Context, arn: string): unknown[] {
  return context.store.read().tags[arn] ?? []
}

/** Until they are changed, a job's tags are those of its request. */
function tagsOfJob(context: Context, job: JobRecord): unknown[] {
  return context.store.read().tags[job.arn] ?? list(job.request, 'Tags')
}
