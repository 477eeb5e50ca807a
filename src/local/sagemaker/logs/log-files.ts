/** Where the job engine's logs lie: a folder per group, a file per stream, `/` written as `%2F`. */

import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { logsNotFound } from '../aws-error'

export interface LogStream {
  name: string
  file: string
  size: number
  /** Milliseconds since the epoch. */
  createdAt: number
}

export interface LogLine {
  timestamp: number
  message: string
  /** Byte offsets of the line in its file: where it starts, and where the next one does. */
  start: number
  end: number
}

export async function logGroups(logsDir: string): Promise<string[]> {
  return (await namesIn(logsDir)).map(decodeName)
}

/**
 * Names of a request are compared with what the folder lists and never become part of a path, so
 * that no `..` in them leads anywhere.
 */
export async function logStreams(options: {
  logsDir: string
  group: string
}): Promise<LogStream[]> {
  const { logsDir, group } = options
  const folderName = (await namesIn(logsDir)).find((name) => decodeName(name) === group)
  if (folderName === undefined) throw logsNotFound('group')
  const folder = join(logsDir, folderName)
  const files = (await namesIn(folder)).filter((name) => name.endsWith('.ndjson'))
  return Promise.all(
    files.map(async (name) => {
      const file = join(folder, name)
      const { size, birthtimeMs } = await stat(file)
      const createdAt = Math.floor(birthtimeMs)
      return { name: decodeName(name.slice(0, -'.ndjson'.length)), file, size, createdAt }
    }),
  )
}

export async function logStream(options: {
  logsDir: string
  group: string
  stream: string
}): Promise<LogStream> {
  const streams = await logStreams(options)
  const found = streams.find(({ name }) => name === options.stream)
  if (!found) throw logsNotFound('stream')
  return found
}

/**
 * The complete lines between two byte offsets that are line starts (or the end). A last line still
 * being written is left for the next look; a line that is not an event is skipped.
 */
export async function readLines(options: {
  file: string
  from: number
  to: number
}): Promise<{ lines: LogLine[]; end: number }> {
  const bytes = await readBytes(options)
  const lines: LogLine[] = []
  let start = 0
  for (let newline = bytes.indexOf(10); newline >= 0; newline = bytes.indexOf(10, start)) {
    const event = parseEvent(bytes.toString('utf8', start, newline))
    const end = newline + 1
    if (event) lines.push({ ...event, start: options.from + start, end: options.from + end })
    start = end
  }
  return { lines, end: options.from + start }
}

async function readBytes(options: { file: string; from: number; to: number }): Promise<Buffer> {
  const { file, from, to } = options
  const bytes = Buffer.alloc(Math.max(0, to - from))
  const handle = await open(file, 'r')
  try {
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, from)
    return bytes.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

function parseEvent(line: string): { timestamp: number; message: string } | undefined {
  try {
    const { timestamp, message } = JSON.parse(line) as { timestamp?: unknown; message?: unknown }
    if (typeof timestamp === 'number' && typeof message === 'string') return { timestamp, message }
  } catch {
    // A line torn by a kill -9 of this server; its writer goes on with the next.
  }
  return undefined
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
}

function decodeName(name: string): string {
  return name.replaceAll('%2F', '/')
}
