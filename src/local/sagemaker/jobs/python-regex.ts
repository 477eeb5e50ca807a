/** Regular expressions of metric definitions: the service reads them as Python does, this server as JavaScript. */

const spellings: Record<string, string> = { '\\A': '^', '\\Z': '$', '(?P<': '(?<', '{,': '{0,' }

/**
 * Throws a SyntaxError for what JavaScript cannot read, such as a possessive quantifier.
 *
 * @example
 * pythonRegex("(?i)'loss': (?P<value>[0-9.]+)") // /'loss': (?<value>[0-9.]+)/gi
 */
export function pythonRegex(source: string): RegExp {
  const [head = '', letters = ''] = /^\(\?([aimsu]+)\)/.exec(source) ?? []
  const flags = new Set(['g', ...letters.replace(/[au]/g, '')])
  const body = source
    .slice(head.length)
    // An escaped character is taken whole, so that in `\\A` the backslash stays one.
    .replace(/\\[^]|\(\?P<|\(\?P=(\w+)\)|\{,(?=\d+\})/g, (found, name: string | undefined) =>
      name === undefined ? (spellings[found] ?? found) : `\\k<${name}>`,
    )
  return new RegExp(body, [...flags].join(''))
}

/** How many groups it captures. */
export function groupCount(regex: RegExp): number {
  return (new RegExp(`${regex.source}|`).exec('')?.length ?? 1) - 1
}
