/**
 * Lines for `eval "$(holdfast env)"` in any POSIX shell; values are quoted so that nothing in them
 * is ever run.
 */
export function formatExports(env: Record<string, string>): string[] {
  return Object.entries(env).map(
    ([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'`,
  )
}
