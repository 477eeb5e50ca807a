/** Copies the output of one start, line by line, into its CloudWatch stream; exactly once, across restarts of the server. */

import { createReadStream } from 'node:fs'
import { appendFile, mkdir, open, truncate } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { ignoreMissing } from './durable-file'
import type { JobKind } from './job'

export const logGroups: Record<JobKind, string> = {
  training: '/aws/sagemaker/TrainingJobs',
  processing: '/aws/sagemaker/ProcessingJobs',
}

/** Begins each line of ours at the head of a job's log. */
export const noticePrefix = 'sagemaker-local: '

/** Is shown the lines that an earlier server took over already; `last` with the last of them. */
export type Recall = (lines: string[], options: { last: boolean }) => void

/** CloudWatch refuses events above 256 KiB; longer lines become several. */
const lineLimit = 256 * 1024 - 26

export interface LogStream {
  /** Takes over what is new and returns it; `final` goes to the end, a last line without newline included. */
  pump(options?: { final?: boolean }): Promise<string[]>
}

/** `<dataDir>/sagemaker/logs/<group>/<stream>.ndjson`, with "/" written as %2F. */
export function logFile(options: { dataDir: string; kind: JobKind; stream: string }): string {
  const { dataDir, kind, stream } = options
  const escaped = (name: string) => name.replaceAll('/', '%2F')
  return join(dataDir, 'sagemaker', 'logs', escaped(logGroups[kind]), `${escaped(stream)}.ndjson`)
}

/**
 * The number of lines already in the stream says how far an earlier server came: each line of output
 * becomes exactly one line there, so no second file has to be kept in step.
 */
export async function openLogStream(options: {
  output: string
  file: string
  recall?: Recall
}): Promise<LogStream> {
  const { output, file, recall } = options
  await mkdir(dirname(file), { recursive: true })
  let toSkip = await countWholeLines(file)
  let offset = 0
  let rest: Buffer = Buffer.alloc(0)

  return {
    async pump({ final = false } = {}) {
      const lines: Buffer[] = []
      let fresh: Buffer
      do {
        fresh = await readFrom(output, offset)
        offset += fresh.length
        const split = splitLines(Buffer.concat([rest, fresh]))
        lines.push(...split.lines)
        rest = split.left
      } while (final && fresh.length > 0)
      if (final && rest.length > 0) {
        lines.push(rest)
        rest = Buffer.alloc(0)
      }
      const skipped = Math.min(toSkip, lines.length)
      toSkip -= skipped
      if (skipped > 0) recall?.(lines.slice(0, skipped).map(messageIn), { last: toSkip === 0 })
      const messages = lines.slice(skipped).map(messageIn)
      const timestamp = Date.now()
      const text = messages.map((message) => `${JSON.stringify({ timestamp, message })}\n`).join('')
      if (text !== '') await appendFile(file, text)
      return messages
    },
  }
}

function messageIn(line: Buffer): string {
  return line.toString('utf8').replace(/\r$/, '')
}

function splitLines(bytes: Buffer): { lines: Buffer[]; left: Buffer } {
  const lines: Buffer[] = []
  let start = 0
  for (;;) {
    const newline = bytes.indexOf(10, start)
    const end = newline === -1 ? bytes.length : newline
    if (end - start > lineLimit) {
      lines.push(bytes.subarray(start, start + lineLimit))
      start += lineLimit
    } else if (newline === -1) {
      return { lines, left: Buffer.from(bytes.subarray(start)) }
    } else {
      lines.push(bytes.subarray(start, end))
      start = newline + 1
    }
  }
}

/** At most 4 MiB at once, so that a flood of output does not fill the server's memory. */
async function readFrom(file: string, offset: number): Promise<Buffer> {
  const handle = await open(file, 'r').catch(ignoreMissing)
  if (!handle) return Buffer.alloc(0)
  try {
    const buffer = Buffer.alloc(
      Math.min(4 * 1024 * 1024, Math.max(0, (await handle.stat()).size - offset)),
    )
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

/** A last line torn by a kill is cut off: it will be written again. */
async function countWholeLines(file: string): Promise<number> {
  let lines = 0
  let whole = 0
  let position = 0
  try {
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) {
        lines++
        whole = position + at + 1
      }
      position += chunk.length
    }
  } catch (error) {
    ignoreMissing(error)
    return 0
  }
  if (position > whole) await truncate(file, whole)
  return lines
}
