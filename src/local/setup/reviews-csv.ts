/** Sentences rated nearer to 0 than this are neither positive nor negative to the raters. */
const leastRating = 0.5

/**
 * Tab-separated `id, mean rating, text` → a CSV file with `text,label`. The published file is UTF-8;
 * broken bytes are refused rather than replaced.
 */
export function reviewsCsv(groundTruth: Uint8Array): { csv: string; rows: number } {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(groundTruth)
  const lines = ['text,label']
  for (const line of text.split(/\r?\n/)) {
    const [, rating, sentence] = line.split('\t')
    if (rating === undefined || sentence === undefined) continue
    if (Math.abs(Number(rating)) < leastRating) continue
    lines.push(`${csvField(sentence.trim())},${Number(rating) > 0 ? 'positive' : 'negative'}`)
  }
  return { csv: `${lines.join('\n')}\n`, rows: lines.length - 1 }
}

/** RFC 4180: quoted when it holds a comma, a quote or a line break, quotes doubled. */
function csvField(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}
