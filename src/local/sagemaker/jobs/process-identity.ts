/** A pid alone may be recycled; a pid with its start time is one process. */

import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'

export interface ProcessIdentity {
  pid: number
  /** Clock ticks since boot from /proc, or the text that ps prints. */
  started: string
}

/** Reads the two lines that the shim wrote. */
export function identify(text: string): ProcessIdentity | undefined {
  const [pid, started] = text.split('\n')
  return pid && started ? { pid: Number(pid), started: started.trim() } : undefined
}

/** Whether that very process still runs. A zombie does not. */
export async function isSame(identity: ProcessIdentity): Promise<boolean> {
  const { pid, started } = identity
  if (process.platform === 'linux') {
    try {
      const text = await readFile(`/proc/${pid}/stat`, 'utf8')
      // The command's name may hold spaces and parentheses; the fields follow the last one.
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
      return fields[0] !== 'Z' && fields[0] !== 'X' && fields[19] === started
    } catch {
      return false
    }
  }
  return await new Promise((resolve) => {
    execFile(
      'ps',
      ['-o', 'lstart=', '-o', 'stat=', '-p', String(pid)],
      { timeout: 5_000 },
      (error, stdout) => {
        const line = stdout.trim()
        resolve(error === null && line.startsWith(started) && !/\sZ\S*$/.test(line))
      },
    )
  })
}
