import { spawn } from 'node:child_process'
import { HoldfastError } from '../errors'

export interface GitResult {
  code: number | null
  stdout: string
  stderr: string
}

/** Bytes of either output; git is ended when it says more. */
const mostOutput = 64 * 1024 * 1024

/**
 * Runs git, without a shell, in a process group of its own, and settles when all of it is gone. An
 * abort kills the group, so that no helper of git's outlives it, and throws the signal's reason.
 */
export function runGit(options: {
  args: string[]
  cwd: string
  env: NodeJS.ProcessEnv
  signal: AbortSignal
}): Promise<GitResult> {
  const { args, cwd, env, signal } = options
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const child = spawn('git', args, {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const onAbort = () => killGroup(child.pid)
    const [stdout, stderr] = [gather(child.stdout, onAbort), gather(child.stderr, onAbort)]
    signal.addEventListener('abort', onAbort, { once: true })
    child.once('error', (cause) => {
      signal.removeEventListener('abort', onAbort)
      reject(notRun(cause))
    })
    // `close` comes when everybody who holds the outputs has let go of them, children included.
    child.once('close', (code) => {
      signal.removeEventListener('abort', onAbort)
      if (signal.aborted) reject(signal.reason as Error)
      else resolve({ code, stdout: stdout(), stderr: stderr() })
    })
  })
}

function gather(stream: NodeJS.ReadableStream, onTooMuch: () => void): () => string {
  const chunks: Buffer[] = []
  let length = 0
  stream.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length > mostOutput) onTooMuch()
    else chunks.push(chunk)
  })
  return () => Buffer.concat(chunks).toString('utf8')
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Gone in the meantime: that is what was wanted.
  }
}

function notRun(cause: Error): HoldfastError {
  return new HoldfastError({
    code: 'E_GIT_MISSING',
    what: `git cannot be run (${cause.message})`,
    where: 'PATH',
    hint: 'install git on every worker that reads training code from a repository',
    cause,
  })
}
