/** Pages of a sorted list, by a token that names the last item given: new items move no page. */

import { createHash } from 'node:crypto'
import { validation, type AwsError } from './aws-error'

export interface PageRequest<Item> {
  items: readonly Item[]
  /** What the items are sorted by, unique with `id`; numbers and texts compare as JavaScript does. */
  sortKey: (item: Item) => string | number
  id: (item: Item) => string
  descending?: boolean
  size: number
  token: string | undefined
  /** The rest of the request: a token is good only for the list it came from. */
  filter: unknown
  /** The service's way to refuse a token; SageMaker's unless given. */
  refuse?: (message: string) => AwsError
}

export function pageOf<Item>(request: PageRequest<Item>): { items: Item[]; nextToken?: string } {
  const { sortKey, id, size } = request
  const direction = request.descending ? -1 : 1
  const position = (item: Item): Position => ({ key: sortKey(item), id: id(item) })
  const sorted = [...request.items].sort((a, b) => direction * compare(position(a), position(b)))
  const filter = createHash('sha256')
    .update(JSON.stringify(request.filter))
    .digest('hex')
    .slice(0, 16)
  const after =
    request.token === undefined
      ? undefined
      : decode({ token: request.token, filter, refuse: request.refuse ?? validation })
  const rest = after
    ? sorted.filter((item) => direction * compare(position(item), after) > 0)
    : sorted
  const items = rest.slice(0, size)
  const last = items.at(-1)
  if (!last || rest.length <= size) return { items }
  return { items, nextToken: encode({ ...position(last), filter }) }
}

interface Position {
  key: string | number
  id: string
}

function compare(a: Position, b: Position): number {
  if (a.key !== b.key) return a.key < b.key ? -1 : 1
  if (a.id === b.id) return 0
  return a.id < b.id ? -1 : 1
}

function encode(token: Position & { filter: string }): string {
  return Buffer.from(JSON.stringify(token)).toString('base64url')
}

function decode(options: {
  token: string
  filter: string
  refuse: (message: string) => AwsError
}): Position {
  const { token, filter, refuse } = options
  try {
    const parsed = JSON.parse(Buffer.from(token, 'base64url').toString()) as Partial<Position> & {
      filter?: string
    }
    const { key, id } = parsed
    const whole = (typeof key === 'string' || typeof key === 'number') && typeof id === 'string'
    if (whole && parsed.filter === filter) return { key, id }
  } catch {
    // Not our token: refused below like any other.
  }
  throw refuse('Invalid NextToken: it was not given for this request.')
}
