/** The hyperparameters of the next trial, by the strategy of the tuning job. */

import { seededRandom } from '../jobs/random'
import { text } from '../json'
import { bayesianShares } from './bayesian'
import { configOf, definitionsOf, type Definition } from './definition'
import { textAt, type Parameter } from './parameters'
import type { Trial, TuningRecord } from './tuning-job'

/** Draws of a random point that was tried already, before it is accepted all the same. */
const redraws = 16

/**
 * Its definition and its values; undefined when a grid has no more points. It depends on the record
 * alone: the same results with the same seed propose the same.
 */
export function proposeTrial(
  record: TuningRecord,
): Pick<Trial, 'definition' | 'values'> | undefined {
  const definitions = definitionsOf(record.request)
  const place = record.trials.length
  const strategy = text(configOf(record.request), 'Strategy')
  if (strategy === 'Grid') return gridPoint(definitions, place)
  // The service gives each definition its share by a rule of its own; here they take turns.
  const definition = place % definitions.length
  const chosen = definitions[definition] as Definition
  const before = record.trials.filter((trial) => trial.definition === definition)
  const options = { record, definition: chosen, before }
  return {
    definition,
    values: strategy === 'Bayesian' ? bayesianValues(options) : randomValues(options),
  }
}

/** Points that a grid has in all; its parameters are categories, which the request's checks ensure. */
export function gridSize(definition: Definition): number {
  return definition.parameters.reduce((size, parameter) => size * levels(parameter).length, 1)
}

/** The last parameter changes fastest; one definition after the other. */
function gridPoint(
  definitions: readonly Definition[],
  place: number,
): Pick<Trial, 'definition' | 'values'> | undefined {
  let index = place
  for (const [definition, each] of definitions.entries()) {
    const size = gridSize(each)
    if (index < size) return { definition, values: combination(each.parameters, index) }
    index -= size
  }
  return undefined
}

function combination(parameters: readonly Parameter[], index: number): Record<string, string> {
  let rest = index
  const chosen = [...parameters].reverse().map((parameter) => {
    const values = levels(parameter)
    const value = values[rest % values.length] ?? ''
    rest = Math.floor(rest / values.length)
    return [parameter.name, value] as const
  })
  return Object.fromEntries(chosen.reverse())
}

function levels(parameter: Parameter): readonly string[] {
  return parameter.kind === 'Categorical' ? parameter.values : []
}

interface ProposeOptions {
  record: TuningRecord
  definition: Definition
  /** The definition's trials so far. */
  before: readonly Trial[]
}

function randomValues({ record, definition, before }: ProposeOptions): Record<string, string> {
  const random = seededRandom(record.seed, definition.name ?? '', before.length)
  const tried = new Set(before.map(({ values }) => JSON.stringify(values)))
  let values = valuesAt(definition.parameters, definition.parameters.map(random))
  for (let draw = 0; draw < redraws && tried.has(JSON.stringify(values)); draw++) {
    values = valuesAt(definition.parameters, definition.parameters.map(random))
  }
  return values
}

function bayesianValues({ record, definition, before }: ProposeOptions): Record<string, string> {
  const ended = before.flatMap(({ values, end }) =>
    end?.objective === undefined ? [] : [{ values, objective: end.objective }],
  )
  const { parameters, objective } = definition
  const shares = bayesianShares({
    parameters,
    objective,
    results: [...record.inherited, ...ended],
    pending: before.filter(({ end }) => !end).map(({ values }) => values),
    seed: record.seed,
    number: before.length + 1,
  })
  return valuesAt(parameters, shares)
}

function valuesAt(
  parameters: readonly Parameter[],
  shares: readonly number[],
): Record<string, string> {
  return Object.fromEntries(
    parameters.map((parameter, index) => [parameter.name, textAt(parameter, shares[index] ?? 0)]),
  )
}
