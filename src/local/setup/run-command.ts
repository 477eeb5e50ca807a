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

/** Runs a program to its end and returns its output; anything but exit code 0 is an error. */
export function runCommand(options: CommandOptions): Promise<string> {
  const { command, args, timeoutMs, signal, onLine } = options
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: options.env ?? process.env,
      cwd: options.cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
      killSignal: 'SIGTERM',
    })
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
      clearTimeout(timer)
      const tail = withoutHosts(lastLines(stderr || stdout, 6))
      reject(
        new HoldfastError({
          code: 'E_COMMAND_FAILED',
          what: `\`${[command, ...args.slice(0, 3)].join(' ')} …\` ${why}${tail ? `:\n${tail}` : ''}`,
          cause,
        }),
      )
    }
    child.once('error', (error) => fail(`could not be run (${error.message})`, error))
    child.once('close', (code, signalName) => {
      clearTimeout(timer)
      if (code === 0) resolve(stdout)
      else if (timedOut) fail(`did not end within ${Math.round(timeoutMs / 1000)} s`)
      else
        fail(code === null ? `was ended by ${String(signalName)}` : `ended with exit code ${code}`)
    })
  })
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
