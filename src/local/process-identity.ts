import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * A process id alone is not a process: ids are used again. A process is named by its id and its start,
 * and nothing here is ever signalled by its id alone.
 */
export interface ProcessIdentity {
  pid: number
  /** Opaque: `<boot id>:<start in ticks since boot>` on Linux, `ps`'s start date elsewhere. */
  identity: string
}

let bootId: string | undefined

/** The identity of a running process; undefined when there is none, or only a zombie. */
export function identityOf(pid: number): string | undefined {
  return process.platform === 'linux' ? identityOnLinux(pid) : identityFromPs(pid)
}

/** Whether exactly this process still runs. */
export function isAlive(known: ProcessIdentity): boolean {
  return identityOf(known.pid) === known.identity
}

function identityOnLinux(pid: number): string | undefined {
  const fields = statFields(pid)
  // proc(5): after the name in brackets, field 3 is the state and field 22 the start time.
  if (!fields || fields[0] === 'Z' || fields[0] === 'X') return undefined
  bootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  return `${bootId}:${fields[19] ?? ''}`
}

/** The fields of /proc/<pid>/stat from the third on; undefined when there is no such process. */
function statFields(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

function identityFromPs(pid: number): string | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
    return line === '' || line.startsWith('Z') ? undefined : line.replace(/^\S+\s+/, '')
  } catch {
    return undefined
  }
}
