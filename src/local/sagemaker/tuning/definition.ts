/** The training job definitions of a tuning job, one or several, under one form. */

import { isObject, list, object, text, type Json } from '../json'
import { parametersOf, type Parameter } from './parameters'

export interface Definition {
  /** Absent for the only one of `TrainingJobDefinition`. */
  name?: string
  /** The definition as it was given. */
  given: Json
  objective: Objective
  parameters: Parameter[]
}

export interface Objective {
  type: 'Maximize' | 'Minimize'
  metric: string
}

/** With one definition, objective and ranges are the tuning job's; with several, each has its own. */
export function definitionsOf(request: Json): Definition[] {
  const config = configOf(request)
  const only = object(request, 'TrainingJobDefinition')
  if (only) {
    return [
      {
        given: only,
        objective: objectiveOf(object(config, 'HyperParameterTuningJobObjective')),
        parameters: parametersOf(object(config, 'ParameterRanges') ?? {}),
      },
    ]
  }
  return list(request, 'TrainingJobDefinitions')
    .filter(isObject)
    .map((given) => ({
      name: text(given, 'DefinitionName') ?? '',
      given,
      objective: objectiveOf(object(given, 'TuningObjective')),
      parameters: parametersOf(object(given, 'HyperParameterRanges') ?? {}),
    }))
}

export function configOf(request: Json): Json {
  return object(request, 'HyperParameterTuningJobConfig') ?? {}
}

function objectiveOf(given: Json | undefined): Objective {
  return {
    type: text(given ?? {}, 'Type') === 'Minimize' ? 'Minimize' : 'Maximize',
    metric: text(given ?? {}, 'MetricName') ?? '',
  }
}

/** Whether `value` is the better one. */
export function isBetter(options: { value: number; than: number; objective: Objective }): boolean {
  const { value, than, objective } = options
  return objective.type === 'Minimize' ? value < than : value > than
}
