/** Refusals of CreateHyperParameterTuningJob that the service model cannot say; the wordings are ours. */

import { notImplemented, validation } from '../aws-error'
import { isObject, list, number, object, omit, text, type Json } from '../json'
import { validateInput } from '../validate'
import { checkTrainingRequest } from '../operations/job-request'
import { configOf, definitionsOf, type Definition } from './definition'
import { hyperbandLimits } from './early-stopping'
import { textAt, type NumericParameter } from './parameters'
import { mostTrials } from './progress'
import { trialRequest } from './trial-request'

type Fault = string | false | undefined

export function checkTuningRequest(request: Json): void {
  refuseUnserved(request)
  const definitions = definitionsOf(request)
  refuse(formFaults(request))
  refuse([
    ...limitFaults(request),
    ...strategyFaults(request),
    ...definitions.flatMap((definition) => definitionFaults({ request, definition })),
  ])
  for (const definition of definitions) checkTrial({ request, definition })
}

/** What would change the search is refused by name. */
function refuseUnserved(request: Json): void {
  const operation = 'CreateHyperParameterTuningJob'
  if (request.Autotune !== undefined) throw notImplemented(`${operation} with Autotune`)
  const config = configOf(request)
  const criteria = object(config, 'TuningJobCompletionCriteria') ?? {}
  const convergence = object(criteria, 'ConvergenceDetected') ?? {}
  if (text(convergence, 'CompleteOnConvergence') === 'Enabled') {
    throw notImplemented(`${operation} with ConvergenceDetected: the service's rule is not public`)
  }
  const ranges = [object(config, 'ParameterRanges') ?? {}, ...definitionRanges(request)]
  if (ranges.some((each) => list(each, 'AutoParameters').length > 0)) {
    throw notImplemented(`${operation} with AutoParameters`)
  }
}

function definitionRanges(request: Json): Json[] {
  const definitions = list(request, 'TrainingJobDefinitions').filter(isObject)
  return definitions.map((each) => object(each, 'HyperParameterRanges') ?? {})
}

function formFaults(request: Json): Fault[] {
  const config = configOf(request)
  const [only, several] = [
    object(request, 'TrainingJobDefinition'),
    list(request, 'TrainingJobDefinitions').filter(isObject),
  ]
  if (!only === (several.length === 0)) {
    return ['Exactly one of TrainingJobDefinition and TrainingJobDefinitions is required.']
  }
  if (only) {
    return ['HyperParameterTuningJobObjective', 'ParameterRanges'].map(
      (member) =>
        config[member] === undefined && `${member} is required with TrainingJobDefinition.`,
    )
  }
  const names = several.map((each) => text(each, 'DefinitionName') ?? '')
  return [
    new Set(names).size < names.length && 'Each DefinitionName must be another one.',
    ...['HyperParameterTuningJobObjective', 'ParameterRanges'].map(
      (member) =>
        config[member] !== undefined && `${member} belongs into each of TrainingJobDefinitions.`,
    ),
    ...['DefinitionName', 'TuningObjective', 'HyperParameterRanges'].map(
      (member) =>
        several.some((each) => each[member] === undefined) &&
        `${member} is required in each of TrainingJobDefinitions.`,
    ),
  ]
}

function limitFaults(request: Json): Fault[] {
  const config = configOf(request)
  const most = number(object(config, 'ResourceLimits') ?? {}, 'MaxNumberOfTrainingJobs')
  const isGrid = text(config, 'Strategy') === 'Grid'
  if (!isGrid) return [most === undefined && 'MaxNumberOfTrainingJobs is required.']
  const points = mostTrials({ request })
  return [
    most !== undefined &&
      most !== points &&
      `MaxNumberOfTrainingJobs must be ${points}, the number of combinations, or be left out with the Grid strategy.`,
  ]
}

function strategyFaults(request: Json): Fault[] {
  const config = configOf(request)
  const strategy = text(config, 'Strategy')
  const definitions = definitionsOf(request)
  const isNumeric = definitions.some(({ parameters }) =>
    parameters.some(({ kind }) => kind !== 'Categorical'),
  )
  const limits = definitions.map(({ given }) =>
    hyperbandLimits({ request, statics: object(given, 'StaticHyperParameters') ?? {} }),
  )
  const isHyperband = strategy === 'Hyperband'
  return [
    strategy === 'Grid' && isNumeric && 'The Grid strategy takes CategoricalParameterRanges only.',
    !isHyperband &&
      config.StrategyConfig !== undefined &&
      'StrategyConfig is for the Hyperband strategy only.',
    isHyperband &&
      text(config, 'TrainingJobEarlyStoppingType') === 'Auto' &&
      'TrainingJobEarlyStoppingType must be Off with the Hyperband strategy.',
    isHyperband &&
      limits.some((each) => !each) &&
      'MaxResource is required: no static hyperparameter says how many epochs there are.',
    isHyperband &&
      limits.some((each) => each && each.min > each.max) &&
      'MinResource must not be greater than MaxResource.',
  ]
}

/** Service quota "hyperparameters that can be searched", which is not adjustable. */
const mostParameters = 30

function definitionFaults(options: { request: Json; definition: Definition }): Fault[] {
  const { definition } = options
  const { given, objective, parameters } = definition
  const metrics = list(object(given, 'AlgorithmSpecification') ?? {}, 'MetricDefinitions')
  const names = parameters.map(({ name }) => name)
  const statics = object(given, 'StaticHyperParameters') ?? {}
  const both = names.find((name) => Object.hasOwn(statics, name))
  const [resource, tuning] = ['ResourceConfig', 'HyperParameterTuningResourceConfig'].map(
    (member) => given[member] !== undefined,
  )
  return [
    resource === tuning &&
      'Exactly one of ResourceConfig and HyperParameterTuningResourceConfig is required.',
    !metrics.filter(isObject).some((each) => text(each, 'Name') === objective.metric) &&
      `The objective metric ${objective.metric} is not among the MetricDefinitions.`,
    names.length === 0 && 'At least one hyperparameter must have a range.',
    names.length > mostParameters && `At most ${mostParameters} hyperparameters can have ranges.`,
    new Set(names).size < names.length && 'A hyperparameter must have one range only.',
    both !== undefined && `The hyperparameter ${both} is both static and tuned.`,
    ...parameters.flatMap((each) => (each.kind === 'Categorical' ? [] : rangeFaults(each))),
  ]
}

/** Developer guide, hyperparameter scaling. */
function rangeFaults(parameter: NumericParameter): Fault[] {
  const { kind, name, min, max, scaling } = parameter
  if (!Number.isFinite(min) || !Number.isFinite(max)) {
    return [`MinValue and MaxValue of ${name} must be numbers.`]
  }
  const isWhole = Number.isSafeInteger(min) && Number.isSafeInteger(max)
  return [
    min > max && `MinValue of ${name} must not be greater than its MaxValue.`,
    kind === 'Integer' && !isWhole && `MinValue and MaxValue of ${name} must be whole numbers.`,
    scaling === 'Logarithmic' &&
      min <= 0 &&
      `Logarithmic scaling of ${name} needs values greater than 0.`,
    scaling === 'ReverseLogarithmic' &&
      (kind === 'Integer' || min < 0 || max >= 1) &&
      `ReverseLogarithmic scaling of ${name} needs a continuous range from 0 to below 1.`,
  ]
}

/** The first trial's request must be one that CreateTrainingJob takes. */
function checkTrial(options: { request: Json; definition: Definition }): void {
  const { request, definition } = options
  const { parameters } = definition
  const trial = trialRequest({
    record: { request, arn: '' },
    definition,
    trial: {
      name: `${text(request, 'HyperParameterTuningJobName') ?? ''}-001-00000000`,
      values: Object.fromEntries(parameters.map((each) => [each.name, textAt(each, 0.5)])),
    },
  })
  const input = omit(trial, ['TuningJobArn'])
  validateInput({ service: 'sagemaker', operation: 'CreateTrainingJob', input })
  checkTrainingRequest(input)
}

function refuse(faults: readonly Fault[]): void {
  const found = faults.filter((fault) => typeof fault === 'string')
  if (found.length > 0) throw validation(found.join(' '))
}
