/** Whether a record satisfies a SearchExpression. Only filters; no resource is known here. */

import { validation } from '../aws-error'
import { isObject, list, requiredText, text, type Json } from '../json'
import { valuesAt } from './property'

/**
 * @example
 * satisfies({ Filters: [{ Name: 'TrainingJobName', Value: 'a' }] }, { TrainingJobName: 'a' }) // true
 */
export function satisfies(expression: Json, record: Json): boolean {
  const filters = list(expression, 'Filters').filter(isObject)
  const nested = list(expression, 'NestedFilters').filter(isObject)
  const inner = list(expression, 'SubExpressions').filter(isObject)
  const conditions = [
    ...filters.map((filter) => () => holds(filter, record)),
    ...nested.map((each) => () => holdsNested(each, record)),
    ...inner.map((each) => () => satisfies(each, record)),
  ]
  if (conditions.length === 0) return true
  return text(expression, 'Operator') === 'Or'
    ? conditions.some((condition) => condition())
    : conditions.every((condition) => condition())
}

/** API reference, SearchExpression. */
const mostConditions = 50

/** API reference, Filter: properties that Contains may be used with several times. */
const repeatable =
  /^(Experiment|Trial|TrialComponent)\.(DisplayName|ExperimentName|TrialName|TrialComponentName|Tags|InputArtifacts|OutputArtifacts)/

export function checkExpression(expression: Json): void {
  const filters = filtersIn(expression)
  if (filters.length > mostConditions) {
    throw validation(`A search expression can have at most ${mostConditions} filters.`)
  }
  const contains = filters.filter(
    (filter) =>
      text(filter, 'Operator') === 'Contains' && !repeatable.test(requiredText(filter, 'Name')),
  )
  if (contains.length > 1) throw validation("'CONTAINS' operator usage limit of 1 exceeded.")
  for (const filter of filters) {
    const operator = text(filter, 'Operator') ?? 'Equals'
    const needsValue = operator !== 'Exists' && operator !== 'NotExists'
    if (needsValue === (text(filter, 'Value') !== undefined)) continue
    throw validation(
      `The operator ${operator} ${needsValue ? 'needs a' : 'takes no'} Value (${requiredText(filter, 'Name')}).`,
    )
  }
}

function filtersIn(expression: Json): Json[] {
  const inner = list(expression, 'SubExpressions').filter(isObject)
  const nested = list(expression, 'NestedFilters').filter(isObject)
  return [
    ...list(expression, 'Filters').filter(isObject),
    ...nested.flatMap((each) => list(each, 'Filters').filter(isObject)),
    ...inner.flatMap(filtersIn),
  ]
}

/** All filters must hold of one and the same member of the list. */
function holdsNested(nested: Json, record: Json): boolean {
  const property = requiredText(nested, 'NestedPropertyName')
  const filters = list(nested, 'Filters').filter(isObject)
  return valuesAt(record, property).some(
    (member) =>
      isObject(member) &&
      filters.every((filter) => {
        const name = requiredText(filter, 'Name').replace(`${property}.`, '')
        return holds({ ...filter, Name: name }, member)
      }),
  )
}

function holds(filter: Json, record: Json): boolean {
  const actual = valuesAt(record, requiredText(filter, 'Name'))
  const wanted = text(filter, 'Value') ?? ''
  switch (text(filter, 'Operator') ?? 'Equals') {
    case 'Exists':
      return actual.length > 0
    case 'NotExists':
      return actual.length === 0
    case 'Equals':
      return actual.some((value) => isEqual(value, wanted))
    case 'NotEquals':
      return !actual.some((value) => isEqual(value, wanted))
    case 'Contains':
      return actual.some((value) => typeof value === 'string' && value.includes(wanted))
    case 'In':
      return actual.some((value) => wanted.split(',').some((each) => isEqual(value, each.trim())))
    case 'GreaterThan':
      return actual.some((value) => difference(value, wanted) > 0)
    case 'GreaterThanOrEqualTo':
      return actual.some((value) => difference(value, wanted) >= 0)
    case 'LessThan':
      return actual.some((value) => difference(value, wanted) < 0)
    default:
      return actual.some((value) => difference(value, wanted) <= 0)
  }
}

function isEqual(value: unknown, wanted: string): boolean {
  if (typeof value === 'string') return value === wanted
  return typeof value === 'boolean' ? String(value) === wanted : difference(value, wanted) === 0
}

/** Below 0 when the value is less than what is wanted; NaN, which compares with nothing, when it is no number. */
function difference(value: unknown, wanted: string): number {
  const number = numberIn(wanted)
  if (typeof value === 'number') return value - number
  if (typeof value !== 'string' || value.trim() === '') return NaN
  // API reference, Filter: against an integer, a decimal hyperparameter counts as an integer.
  const own = Number(value)
  return (Number.isInteger(number) ? Math.trunc(own) : own) - number
}

/** A number, or a time such as 2026-01-31T12:00:00, which is UTC, in epoch seconds. */
function numberIn(wanted: string): number {
  if (wanted.trim() !== '' && !Number.isNaN(Number(wanted))) return Number(wanted)
  const hasZone = /(Z|[+-]\d\d:?\d\d)$/.test(wanted)
  return Date.parse(hasZone ? wanted : `${wanted}Z`) / 1000
}
