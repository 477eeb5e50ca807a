import { createInterface } from 'node:readline'

/** The lines of a stream that are not empty. */
export async function readLines(input: NodeJS.ReadableStream): Promise<string[]> {
  const lines: string[] = []
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    if (line.trim() !== '') lines.push(line)
  }
  return lines
}
