/** Where a secret was written down: every file below a folder is read, archives unpacked. */

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { gunzipSync } from 'node:zlib'

/** Bytes: what is larger is not read at once. */
const mostBytes = 1 << 30

/**
 * Names of the files that hold it. `mayHold` tells the one place where it belongs: the request as the
 * service has accepted it, whose Environment SageMaker keeps and shows in DescribeTrainingJob, too.
 */
export function findCanary(options: {
  folder: string
  canary: string
  mayHold: (file: string) => boolean
}): { leaks: string[]; reached: string[] } {
  const { folder, canary, mayHold } = options
  const leaks: string[] = []
  const reached: string[] = []
  for (const file of filesBelow(folder)) {
    const name = relative(folder, file)
    if (!bytesOf(file).includes(canary)) continue
    if (mayHold(name)) reached.push(name)
    else leaks.push(name)
  }
  return { leaks, reached }
}

/** Ends are never waited for: what vanishes while it is looked at held nothing that stays. */
function* filesBelow(folder: string): Generator<string> {
  for (const entry of entriesOf(folder)) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* filesBelow(path)
    else if (entry.isFile()) yield path
  }
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

function bytesOf(file: string): Buffer {
  try {
    if (statSync(file).size > mostBytes) throw new Error(`${file} is too large to be searched`)
    const bytes = readFileSync(file)
    return bytes[0] === 0x1f && bytes[1] === 0x8b ? Buffer.concat([bytes, unpacked(bytes)]) : bytes
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return Buffer.alloc(0)
    throw error
  }
}

function unpacked(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes)
  } catch {
    // Cut short: a torn upload. Its raw bytes are searched all the same.
    return Buffer.alloc(0)
  }
}
