/** CloudWatch Logs filter patterns, as far as they are terms (user guide, "Filter pattern syntax"). */

import { invalidParameter } from '../aws-error'

/**
 * All plain and "quoted" terms must occur, one of the `?term`s must, none of the `-term`s may.
 * Patterns over fields (`{…}`, `[…]`) and regular expressions (`%…%`) are refused.
 */
export function compileFilterPattern(pattern: string): (message: string) => boolean {
  const trimmed = pattern.trim()
  if (/^[[{%]/.test(trimmed)) {
    throw invalidParameter('sagemaker-local does not implement filter patterns other than terms.')
  }
  const terms = [...trimmed.matchAll(/([?-]?)(?:"((?:[^"\\]|\\.)*)"|(\S+))/g)].map(
    ([, sign, quoted, plain]) => ({
      sign,
      term: quoted === undefined ? (plain ?? '') : quoted.replace(/\\(.)/g, '$1'),
    }),
  )
  const having = (sign: string) =>
    terms.filter((each) => each.sign === sign).map(({ term }) => term)
  const [all, any, none] = [having(''), having('?'), having('-')]
  return (message) =>
    all.every((term) => message.includes(term)) &&
    (any.length === 0 || any.some((term) => message.includes(term))) &&
    !none.some((term) => message.includes(term))
}
