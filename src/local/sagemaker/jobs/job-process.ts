/**
 * The "container" of one attempt: a shell shim in its own session that outlives the server.
 *
 * The shim writes pid, start time and exit code into the run folder, so a new server can re-adopt it.
 * When the main process ends, the shim kills its whole group, as a container ends with its PID 1:
 * nothing survives, and no pid is ever signalled that another program may have taken over meanwhile.
 */

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, open, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { codeOf, ignoreMissing } from './durable-file'
import { identify, isSame, type ProcessIdentity } from './process-identity'
import { sleep } from './sleep'

/**
 * $1 is the run folder. `mkdir claim` is atomic: of two shims for one attempt (a server was killed
 * between spawning and noting it) only the first one runs the command.
 */
const shim = `
run=$1; shift
mkdir "$run/claim" 2>/dev/null || exit 0
identity() {
  if [ -r /proc/$1/stat ]; then started=$(sed 's/.*) //' /proc/$1/stat | cut -d' ' -f20)
  else started=$(ps -o lstart= -p $1); fi
  printf '%s\\n%s\\n' "$1" "$started" > "$run/$2.tmp" && mv "$run/$2.tmp" "$run/$2"
}
identity $$ shim
"$@" &
main=$!
identity $main main
wait $main
code=$?
while kill -0 $main 2>/dev/null; do wait $main; code=$?; done
echo $code > "$run/exit.tmp" && mv "$run/exit.tmp" "$run/exit"
kill -KILL 0
`

export type ProcessState =
  | { state: 'absent' }
  | { state: 'running' }
  | { state: 'exited'; code: number }
  /** It ran once, is gone, and left no exit code: someone killed the machine under it. */
  | { state: 'vanished' }

export interface Launch {
  run: string
  command: string[]
  cwd: string
  env: Record<string, string>
}

/** The file that holds stdout and stderr. */
export function outputFile(run: string): string {
  return join(run, 'output.log')
}

/** Starts the command unless this attempt was started before. */
export async function launch(options: Launch): Promise<void> {
  const { run, command, cwd, env } = options
  await mkdir(run, { recursive: true })
  const output = await open(outputFile(run), 'a')
  try {
    const child = spawn('sh', ['-c', shim, 'holdfast-job', run, ...command], {
      cwd,
      // The mark by which stragglers are found that left the group.
      env: { ...env, HOLDFAST_RUN: run },
      detached: true,
      stdio: ['ignore', output.fd, output.fd],
    })
    child.unref()
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
    child.on('error', () => undefined)
  } finally {
    await output.close()
  }
}

export async function inspect(run: string): Promise<ProcessState> {
  const shimIdentity = await readIdentity(join(run, 'shim'))
  if (!shimIdentity) return await beforeIdentity(run)
  if (await isSame(shimIdentity)) return (await exitCode(run)) ?? { state: 'running' }
  // Looked for after the process was seen gone, so an exit code just written is not missed.
  return (await exitCode(run)) ?? { state: 'vanished' }
}

/**
 * SIGTERM to the main process, up to `graceSeconds`, then SIGKILL to everything. Resolves when all are gone.
 * SIGTERM reaches the main process only (as in SageMaker, where the toolkit does not hand it to train.py).
 */
export async function endProcess(options: { run: string; graceSeconds: number }): Promise<void> {
  const { run, graceSeconds } = options
  // A shim that was spawned and has not begun yet finds its place taken, and runs nothing.
  if (await claim(run)) return await killStragglers(run)
  while ((await inspect(run)).state === 'running' && !(await readIdentity(join(run, 'main'))))
    await sleep(20)
  const shimIdentity = await readIdentity(join(run, 'shim'))
  const main = await readIdentity(join(run, 'main'))
  if (main && shimIdentity && (await isSame(shimIdentity)) && (await isSame(main))) {
    signal(main.pid, 'SIGTERM')
    const deadline = Date.now() + graceSeconds * 1000
    while (Date.now() < deadline && (await isSame(shimIdentity))) await sleep(50)
  }
  // A group keeps its number while its leader lives, so this can only hit the job.
  if (shimIdentity && (await isSame(shimIdentity))) signal(-shimIdentity.pid, 'SIGKILL')
  await killStragglers(run)
}

/** As the shim does it; false where that was faster, or where nothing was started. */
async function claim(run: string): Promise<boolean> {
  try {
    await mkdir(join(run, 'claim'))
    return true
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') ignoreMissing(error)
    return false
  }
}

/** Ends whatever still carries the run's mark: members of the group whose leader was killed, or own sessions. Linux only. */
async function killStragglers(run: string): Promise<void> {
  const deadline = Date.now() + 10_000
  for (;;) {
    const pids = await markedProcesses(run)
    if (pids.length === 0 || Date.now() > deadline) return
    for (const pid of pids) signal(pid, 'SIGKILL')
    await sleep(30)
  }
}

/** None where there is no /proc. */
async function markedProcesses(run: string): Promise<number[]> {
  if (process.platform !== 'linux') return []
  const mark = Buffer.from(`HOLDFAST_RUN=${run}\0`)
  const pids: number[] = []
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    try {
      // Read without yielding, so that the pid is still the one that was looked at. Zombies read as empty.
      if (readFileSync(`/proc/${entry}/environ`).includes(mark)) pids.push(Number(entry))
    } catch {
      continue
    }
  }
  return pids
}

/** Milliseconds for which a claim counts as that of a shim that lives. */
const identityMs = process.platform === 'linux' ? 5_000 : 60_000

async function beforeIdentity(run: string): Promise<ProcessState> {
  const claim = await stat(join(run, 'claim')).catch(ignoreMissing)
  if (!claim) return { state: 'absent' }
  // The shim writes its identity milliseconds after the claim, or as much later as the machine stands still.
  const isNew = Date.now() - claim.mtimeMs < identityMs
  if (isNew || (await markedProcesses(run)).length > 0) return { state: 'running' }
  // As above: it may have begun and ended between the two looks.
  return (await exitCode(run)) ?? { state: 'vanished' }
}

async function exitCode(run: string): Promise<{ state: 'exited'; code: number } | undefined> {
  const text = await readFile(join(run, 'exit'), 'utf8').catch(ignoreMissing)
  return text === undefined ? undefined : { state: 'exited', code: Number(text.trim()) }
}

async function readIdentity(file: string): Promise<ProcessIdentity | undefined> {
  const text = await readFile(file, 'utf8').catch(ignoreMissing)
  return text === undefined ? undefined : identify(text)
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // Gone in the meantime: that is what was wanted.
  }
}
