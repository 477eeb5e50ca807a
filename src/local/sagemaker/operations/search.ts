/** Search: finds training jobs, tuning jobs, trial components and registered models by their properties. */

import { notImplemented } from '../aws-error'
import { defined, number, object, omit, requiredText, text, type Json } from '../json'
import { pageOf } from '../page'
import { checkExpression, satisfies } from '../search/expression'
import { valuesAt } from '../search/property'
import { searchedResources, type Found } from '../search/resources'
import type { Operation } from './context'

/** The most that a request may ask for (service model); its default is not documented. */
const pageSize = 100

export const search: Operation = async (context, input) => {
  const name = requiredText(input, 'Resource')
  const resource = searchedResources.get(name)
  if (!resource) throw notImplemented(`Search with Resource ${name}`)
  for (const member of ['CrossAccountFilterOption', 'VisibilityConditions']) {
    const isSame = input[member] === undefined || input[member] === 'SameAccount'
    if (!isSame) throw notImplemented(`Search with ${member}`)
  }
  const expression = object(input, 'SearchExpression') ?? {}
  checkExpression(expression)
  const sortBy = text(input, 'SortBy') ?? 'LastModifiedTime'
  const found = resource.find(context)
  // Metrics are read from logs: of all records only when the request asks for metrics.
  const asksMetrics = JSON.stringify([expression, sortBy]).includes('"Metrics')
  const complete = asksMetrics ? await Promise.all(found.map(withMetrics)) : found
  const matching = complete.filter(({ record }) => satisfies(expression, record))
  const { items, nextToken } = pageOf({
    items: matching,
    sortKey: sortKeyOf(matching, sortBy),
    id: ({ record }) => requiredText(record, resource.id),
    descending: text(input, 'SortOrder') !== 'Ascending',
    size: number(input, 'MaxResults') ?? pageSize,
    token: text(input, 'NextToken'),
    filter: omit(input, ['NextToken', 'MaxResults']),
  })
  const shown = asksMetrics ? items : await Promise.all(items.map(withMetrics))
  return {
    output: defined({
      Results: shown.map(({ record }) => ({ [resource.member]: record })),
      NextToken: nextToken,
      TotalHits: { Value: matching.length, Relation: 'EqualTo' },
    }),
  }
}

async function withMetrics({ record, metrics }: Found): Promise<Found> {
  return { record: metrics ? { ...record, Metrics: await metrics() } : record }
}

/** Numbers sort as numbers if nothing else is among them; what lacks the property comes before all others. */
function sortKeyOf(found: readonly Found[], property: string): (item: Found) => string | number {
  const keyOf = ({ record }: { record: Json }) => valuesAt(record, property)[0]
  const keys = found.map(keyOf).filter((key) => key !== undefined)
  const areNumbers = keys.every((key) => typeof key === 'number')
  return (item) => {
    const key = keyOf(item)
    if (areNumbers) return typeof key === 'number' ? key : -Number.MAX_VALUE
    return typeof key === 'string' ? key : JSON.stringify(key ?? '')
  }
}
