import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

import { waitFor } from './wait-for'

/** The processes that name a folder in their command line, environment or working directory. */
export function processesOf(folder: string): { pid: number; command: string }[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc').flatMap((entry) => {
    const pid = Number(entry)
    if (!Number.isInteger(pid) || pid === process.pid) return []
    const command = read(pid, 'cmdline').replaceAll('\0', ' ').trim()
    const facts = [command, read(pid, 'environ'), workingFolder(pid)]
    return facts.some((fact) => fact.includes(folder)) ? [{ pid, command }] : []
  })
}

/** Those that do not end within a minute: what was signalled may take a moment to be gone. */
export async function processesLeft(folder: string): Promise<{ pid: number; command: string }[]> {
  let left = processesOf(folder)
  const isOver = () => (left = processesOf(folder)).length === 0
  await waitFor(isOver, { what: 'end of all processes', deadline: 60 }).catch(() => undefined)
  return left
}

/** Whether a process exists and is no zombie. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  return !/^\d+ \(.*\) Z/s.test(read(pid, 'stat'))
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}

function workingFolder(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return ''
  }
}
