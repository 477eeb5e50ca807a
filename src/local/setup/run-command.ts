import { spawn } from 'node:child_process'
import { HoldfastError } from '../../errors'

export interface CommandOptions {
  command: string
  args: readonly string[]
  env?: NodeJS.ProcessEnv | undefined
  cwd?: string | undefined
  /** Milliseconds after which it is killed. */
  timeoutMs: number
  signal?: AbortSignal | undefined
  /** Each line of stderr, for progress. */
  onLine?: (line: string) => void
}

/** Milliseconds from SIGTERM to SIGKILL, and from the end of a program to that of what it started. */
const graceMs = 5_000

/**
 * Runs a program to its end and returns its output; anything but exit code 0 is an error. Settles only
 * when the program is gone, an abort included, so that the caller can clean up after it.
 */
export function runCommand(options: CommandOptions): Promise<string> {
  const { command, args, timeoutMs, signal, onLine } = options
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const child = spawn(command, args, {
      env: options.env ?? process.env,
      cwd: options.cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let grace: NodeJS.Timeout | undefined
    const onAbort = (): void => {
      child.kill('SIGTERM')
      grace = setTimeout(() => child.kill('SIGKILL'), graceMs)
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    const settle = (): void => {
      clearTimeout(timer)
      clearTimeout(grace)
      signal?.removeEventListener('abort', onAbort)
    }
    let stdout = ''
    let stderr = ''
    let timedOut = false
    const timer = setTimeout(() => {
      timedOut = true
      child.kill('SIGKILL')
    }, timeoutMs)
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
      if (onLine) for (const line of text.split(/[\r\n]+/)) if (line.trim()) onLine(line.trim())
    })
    const fail = (why: string, cause?: unknown): void => {
      const tail = withoutHosts(lastLines(stderr || stdout, 6))
      reject(
        new HoldfastError({
          code: 'E_COMMAND_FAILED',
          what: `\`${[command, ...args.slice(0, 3)].join(' ')} …\` ${why}${tail ? `:\n${tail}` : ''}`,
          cause,
        }),
      )
    }
    child.once('error', (error) => {
      settle()
      fail(`could not be run (${error.message})`, error)
    })
    // `close` comes after `exit`, when whatever the program started has let go of its output too.
    child.once('exit', () => {
      clearTimeout(grace)
      grace = setTimeout(() => {
        child.stdout.destroy()
        child.stderr.destroy()
      }, graceMs)
    })
    child.once('close', (code, signalName) => {
      settle()
      if (signal?.aborted) reject(abortReason(signal))
      else if (code === 0) resolve(stdout)
      else if (timedOut) fail(`did not end within ${Math.round(timeoutMs / 1000)} s`)
      else
        fail(code === null ? `was ended by ${String(signalName)}` : `ended with exit code ${code}`)
    })
  })
}

function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('stopped')
}

function lastLines(text: string, count: number): string {
  return text.trim().split('\n').slice(-count).join('\n')
}

const publicHosts =
  /^(pypi\.org|files\.pythonhosted\.org|download\.pytorch\.org|github\.com|127\.0\.0\.1(:\d+)?)$/

/** A private package index may carry credentials in its address: it is shown to nobody. */
export function withoutHosts(text: string): string {
  return text.replace(/(https?:\/\/)([^\s/'"]+)/g, (whole, scheme: string, host: string) =>
    publicHosts.test(host) ? whole : `${scheme}<private index>`,
  )
}
