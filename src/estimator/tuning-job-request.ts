/** HyperparameterTuner → CreateHyperParameterTuningJob, field for field as the SDK sends it. */

import type {
  CreateHyperParameterTuningJobRequest,
  HyperParameterTuningJobConfig,
  Tag,
} from '@aws-sdk/client-sagemaker'
import type { TrainingInputs } from './channels'
import type { EstimatorSession } from './hugging-face-estimator'
import { tunedEstimators } from './hyperparameter-tuner'
import type {
  HyperparameterTuner,
  MultiEstimatorTuner,
  TunerSettings,
} from './hyperparameter-tuner'
import { mergedOver } from './merged-over'
import { tagList } from './training-job-request'
import { checkTuner } from './tuner-refusals'
import { objectiveOf, rangesOf, trainingDefinition } from './tuning-definition'
import type { Definition } from './tuning-definition'

export interface TuningJobOptions {
  tuner: HyperparameterTuner | MultiEstimatorTuner
  /** At most 32 characters. */
  jobName: string
  /** Under which the estimator's code is uploaded, by definition if there are several; `jobName`. */
  estimatorJobName?: string | Record<string, string>
  /** As for one estimator, or those of each by definition. */
  inputs?: TrainingInputs | Record<string, TrainingInputs> | undefined
  session: EstimatorSession
}

/**
 * @example
 * createTuningJobRequest({ tuner, jobName: 'sweep-1', inputs: { train: 's3://data/train' }, session })
 */
export function createTuningJobRequest(
  options: TuningJobOptions,
): CreateHyperParameterTuningJobRequest {
  const { tuner, jobName } = options
  checkTuner(options)
  const definitions = definitionsOf(options)
  const [first] = definitions
  const single = first && first.name === undefined ? first : undefined
  const trainings = definitions.map((one) => trainingDefinition(one, tuner))
  const tags = tagsOf(tuner)
  const request: CreateHyperParameterTuningJobRequest = {
    HyperParameterTuningJobName: jobName,
    HyperParameterTuningJobConfig: configOf(tuner, single),
    ...(tuner.autotune && { Autotune: { Mode: 'Enabled' as const } }),
    ...(single ? { TrainingJobDefinition: trainings[0] } : { TrainingJobDefinitions: trainings }),
    ...(tuner.warmStartConfig && {
      WarmStartConfig: {
        WarmStartType: tuner.warmStartConfig.warmStartType,
        ParentHyperParameterTuningJobs: tuner.warmStartConfig.parents.map((name) => ({
          HyperParameterTuningJobName: name,
        })),
      },
    }),
    ...(tags && { Tags: tags }),
  }
  return mergedOver(request, tuner.raw)
}

/** Each estimator with the inputs and the job name that are its own. */
export function definitionsOf(options: TuningJobOptions): Definition[] {
  const { tuner, jobName, estimatorJobName = jobName, inputs, session } = options
  return tunedEstimators(tuner).map(({ name, tuned }) => {
    if (name === undefined) {
      const own = typeof estimatorJobName === 'string' ? estimatorJobName : jobName
      return { tuned, session, jobName: own, inputs: inputs as TrainingInputs | undefined }
    }
    const own = typeof estimatorJobName === 'string' ? undefined : estimatorJobName[name]
    return {
      name,
      tuned,
      session,
      jobName: own ?? (typeof estimatorJobName === 'string' ? estimatorJobName : jobName),
      inputs: (inputs as Record<string, TrainingInputs> | undefined)?.[name],
    }
  })
}

function configOf(
  tuner: TunerSettings,
  single: Definition | undefined,
): HyperParameterTuningJobConfig {
  const ranges = single && rangesOf(single, tuner)
  return {
    Strategy: tuner.strategy ?? 'Bayesian',
    ResourceLimits: {
      MaxNumberOfTrainingJobs: tuner.maxJobs ?? 1,
      MaxParallelTrainingJobs: tuner.maxParallelJobs ?? 1,
      ...(tuner.maxRuntimeInSeconds !== undefined && {
        MaxRuntimeInSeconds: tuner.maxRuntimeInSeconds,
      }),
    },
    TrainingJobEarlyStoppingType: tuner.earlyStoppingType ?? 'Off',
    ...(tuner.randomSeed !== undefined && { RandomSeed: tuner.randomSeed }),
    ...(single && { HyperParameterTuningJobObjective: objectiveOf(single, tuner) }),
    ...(ranges && { ParameterRanges: ranges }),
    ...strategyOf(tuner),
    ...criteriaOf(tuner),
  }
}

function strategyOf(tuner: TunerSettings): Partial<HyperParameterTuningJobConfig> {
  const hyperband = tuner.strategyConfig?.hyperbandStrategyConfig
  if (!hyperband) return {}
  return {
    StrategyConfig: {
      HyperbandStrategyConfig: {
        ...(hyperband.minResource !== undefined && { MinResource: hyperband.minResource }),
        ...(hyperband.maxResource !== undefined && { MaxResource: hyperband.maxResource }),
      },
    },
  }
}

function criteriaOf(tuner: TunerSettings): Partial<HyperParameterTuningJobConfig> {
  const criteria = tuner.completionCriteriaConfig
  if (!criteria) return {}
  const { maxNumberOfTrainingJobsNotImproving: notImproving, completeOnConvergence } = criteria
  return {
    TuningJobCompletionCriteria: {
      ...(notImproving !== undefined && {
        BestObjectiveNotImproving: { MaxNumberOfTrainingJobsNotImproving: notImproving },
      }),
      ...(criteria.targetObjectiveMetricValue !== undefined && {
        TargetObjectiveMetricValue: criteria.targetObjectiveMetricValue,
      }),
      ...(completeOnConvergence !== undefined && {
        ConvergenceDetected: {
          CompleteOnConvergence: completeOnConvergence
            ? ('Enabled' as const)
            : ('Disabled' as const),
        },
      }),
    },
  }
}

/** The tuner's tags, and those of its first estimator that are not among them. */
function tagsOf(tuner: HyperparameterTuner | MultiEstimatorTuner): Tag[] | undefined {
  const own = tuner.tags && tagList(tuner.tags)
  const [first] = tunedEstimators(tuner)
  const estimators = tagList(first?.tuned.estimator.tags ?? [])
  if (!own && estimators.length === 0) return undefined
  const present = (tag: Tag): boolean =>
    (own ?? []).some(({ Key, Value }) => Key === tag.Key && Value === tag.Value)
  return [...(own ?? []), ...estimators.filter((tag) => !present(tag))]
}
