/** Text from jobs and services is shown on a terminal as text only: it must not move the cursor or set a title. */

const escape = String.fromCharCode(0x1b)
const bell = String.fromCharCode(0x07)

/** OSC (title, link: ended by BEL or ESC \), CSI (colour, cursor), and two-character escapes. */
const escapes = new RegExp(
  `${escape}\\][^${bell}${escape}]*(?:${bell}|${escape}\\\\)|${escape}\\[[0-?]*[ -/]*[@-~]|${escape}[@-_]`,
  'g',
)

/** One line without escape sequences and control characters; tabs stay, line breaks become spaces. */
export function cleanLine(text: string): string {
  return text
    .replace(escapes, '')
    .replace(/[\r\n]+/g, ' ')
    .replace(/(?!\t)\p{Cc}/gu, '')
    .trimEnd()
}

/** What a terminal column count sees of a text: colour sequences take no room. */
export function visibleLength(text: string): number {
  return Array.from(text.replace(escapes, '')).length
}

/** Cuts a text to `width` columns, keeping its colour sequences whole, and marks the cut with `…`. */
export function truncate(text: string, width: number): string {
  if (visibleLength(text) <= width) return text
  let room = Math.max(0, width - 1)
  let kept = ''
  for (const [piece] of text.matchAll(new RegExp(`${escapes.source}|[\\s\\S]`, 'gu'))) {
    if (piece.startsWith(escape)) kept += piece
    else if (room > 0) {
      kept += piece
      room -= 1
    } else if (room === 0) {
      kept += '…'
      room = -1
    }
  }
  return kept
}
