/** Filters, sorts and pages what serving remembers: what the List operations of models, endpoints and transforms share. */

import { number, omit, text, type Json } from '../json'
import { pageOf } from '../page'
import type { Made } from '../serving/serving-state'
import { isWithin } from './list-jobs'

/** API reference: the newest first, ten to a page, when not said otherwise. */
const pageSize = 10

type Listed = Made & { status?: string; lastModifiedTime?: number }

export function listMade<Item extends Listed>(options: {
  items: Record<string, Item>
  input: Json
}): { items: Item[]; nextToken?: string } {
  const { input } = options
  const sortBy = text(input, 'SortBy') ?? 'CreationTime'
  return pageOf({
    items: Object.values(options.items).filter((item) => matches(item, input)),
    sortKey: (item) => sortKeyOf(item, sortBy),
    id: (item) => item.name,
    descending: text(input, 'SortOrder') !== 'Ascending',
    size: number(input, 'MaxResults') ?? pageSize,
    token: text(input, 'NextToken'),
    filter: omit(input, ['NextToken', 'MaxResults']),
  })
}

function matches(item: Listed, input: Json): boolean {
  const { name, status, creationTime, lastModifiedTime = creationTime } = item
  const wanted = text(input, 'StatusEquals')
  return (
    name.includes(text(input, 'NameContains') ?? '') &&
    (wanted === undefined || status === wanted) &&
    isWithin({ time: creationTime, input, member: 'CreationTime' }) &&
    isWithin({ time: lastModifiedTime, input, member: 'LastModifiedTime' })
  )
}

function sortKeyOf(item: Listed, sortBy: string): string | number {
  if (sortBy === 'Name') return item.name
  return sortBy === 'Status' ? (item.status ?? '') : item.creationTime
}
