/** The service model's patterns are Java's and match whole strings; this makes them JavaScript's. */

const posixClasses: Record<string, string> = {
  Alnum: 'a-zA-Z0-9',
  Alpha: 'a-zA-Z',
  Digit: '0-9',
  Upper: 'A-Z',
  Lower: 'a-z',
  Space: '\\s',
}

const compiled = new Map<string, RegExp | undefined>()

/** Undefined when it cannot be said in JavaScript: then the member is not checked for its pattern. */
export function compilePattern(pattern: string): RegExp | undefined {
  if (!compiled.has(pattern)) compiled.set(pattern, compile(pattern))
  return compiled.get(pattern)
}

function compile(pattern: string): RegExp | undefined {
  const translated = pattern
    .replace(/\\p\{(\w+)\}/g, (whole, name: string) => posixClasses[name] ?? whole)
    // Java lets an anchor be repeated, as in `…*)${1,128}`, which says no more than `$`.
    .replace(/\$\{\d+,\d*\}$/, '$')
  try {
    return new RegExp(`^(?:${translated})$`, 'u')
  } catch {
    return undefined
  }
}
