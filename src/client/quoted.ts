/**
 * A text as a value of Temporal's list filters.
 *
 * @example
 * quoted("it's") // "'it''s'"
 */
export function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}
