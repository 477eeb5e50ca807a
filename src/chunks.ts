/**
 * In their order, so many at a time; the last may be fewer.
 *
 * @example
 * for (const some of chunks(names, 10)) await Promise.all(some.map(look))
 */
export function chunks<T>(all: readonly T[], most: number): T[][] {
  const found: T[][] = []
  for (let at = 0; at < all.length; at += most) found.push(all.slice(at, at + most))
  return found
}
