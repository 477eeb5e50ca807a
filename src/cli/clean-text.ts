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

/** Marks that stand on the letter before them, joiners and other invisible characters. */
const noRoom = /^[\p{Mn}\p{Me}\p{Cf}]$/u
/** East Asian wide and full-width characters, and emoji. */
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}\p{Emoji_Presentation}]$/u

/** Columns of a terminal that a text takes: colour sequences none, an ideogram two. */
export function visibleLength(text: string): number {
  let columns = 0
  for (const character of text.replace(escapes, '')) columns += columnsOf(character)
  return columns
}

function columnsOf(character: string): number {
  if (character < '\u0300') return 1
  return noRoom.test(character) ? 0 : wide.test(character) ? 2 : 1
}

/** Cuts a text to `width` columns, keeping its colour sequences whole, and marks the cut with `…`. */
export function truncate(text: string, width: number): string {
  if (visibleLength(text) <= width) return text
  let room = Math.max(0, width - 1)
  let kept = ''
  let isCut = false
  for (const [piece] of text.matchAll(new RegExp(`${escapes.source}|[\\s\\S]`, 'gu'))) {
    if (piece.startsWith(escape)) kept += piece
    else if (!isCut && columnsOf(piece) <= room) {
      kept += piece
      room -= columnsOf(piece)
    } else if (!isCut) {
      kept += '…'
      isCut = true
    }
  }
  return kept
}
