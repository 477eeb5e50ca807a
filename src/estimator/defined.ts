/** Requests leave out what is not given. */

/** The members that have a value. @example defined({ a: 1, b: undefined }) // { a: 1 } */
export function defined<T extends object>(members: T): Partial<T> {
  const given = Object.entries(members).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given) as Partial<T>
}

/** Undefined in place of an object without members. @example filled({}) // undefined */
export function filled<T extends object>(members: T | undefined): T | undefined {
  return members && Object.keys(members).length > 0 ? members : undefined
}
