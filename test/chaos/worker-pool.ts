import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Random } from './random'

export interface WorkerSlot {
  role: 'control' | 'heavy'
  process: ChildProcess | undefined
  paused: boolean
}

/** Worker processes that come back when they die, as a container platform brings them back. */
export interface WorkerPool {
  slots: WorkerSlot[]
  /** Processes that ended by SIGKILL so far, whoever sent it. */
  kills(): number
  /** Signals one of a role, if one of it runs; SIGSTOP counts until SIGCONT. */
  signal(options: {
    role: WorkerSlot['role']
    signal: NodeJS.Signals
    random: Random
  }): WorkerSlot | undefined
  resume(slot: WorkerSlot): void
  /** Resolves when every slot polls. */
  ready(): Promise<void>
  stop(): Promise<void>
}

/** Milliseconds until a process that ended is started again. */
const restartPause = 500
/** Milliseconds: a machine that others use as well starts five of them in a minute. */
const readyLimit = 240_000

export function startWorkerPool(options: {
  /** Root of the tree whose `dist` they run. */
  tree: string
  env: NodeJS.ProcessEnv
  logFolder: string
  control: number
  heavy: number
}): WorkerPool {
  const { tree, env, logFolder } = options
  mkdirSync(logFolder, { recursive: true })
  const log = openSync(join(logFolder, 'workers.log'), 'a')
  const ready = new Set<WorkerSlot>()
  let kills = 0
  let stopping = false

  const launch = (slot: WorkerSlot): void => {
    const child = spawn(
      process.execPath,
      [join(tree, 'dist', 'test', 'chaos', 'worker-main.js'), slot.role],
      { env, cwd: logFolder, stdio: ['ignore', log, log, 'ipc'] },
    )
    slot.process = child
    slot.paused = false
    child.on('message', () => ready.add(slot))
    child.on('error', () => undefined)
    child.once('exit', (_code, signal) => {
      slot.process = undefined
      ready.delete(slot)
      if (stopping) return
      if (signal === 'SIGKILL') kills++
      setTimeout(() => {
        if (!stopping) launch(slot)
      }, restartPause)
    })
  }

  const slots = [
    ...Array.from({ length: options.control }, () => 'control' as const),
    ...Array.from({ length: options.heavy }, () => 'heavy' as const),
  ].map((role): WorkerSlot => ({ role, process: undefined, paused: false }))
  slots.forEach(launch)

  return {
    slots,
    kills: () => kills,
    signal({ role, signal, random }) {
      const running = slots.filter((slot) => slot.role === role && slot.process && !slot.paused)
      if (running.length === 0) return undefined
      const slot = random.pick(running)
      if (signal === 'SIGSTOP') slot.paused = true
      slot.process?.kill(signal)
      return slot
    },
    resume(slot) {
      if (slot.paused) slot.process?.kill('SIGCONT')
      slot.paused = false
    },
    async ready() {
      const end = Date.now() + readyLimit
      while (ready.size < slots.length) {
        if (Date.now() > end)
          throw new Error(`workers were not ready; see ${logFolder}/workers.log`)
        await sleep(100)
      }
    },
    async stop() {
      stopping = true
      await Promise.all(
        slots.map(async ({ process: child }) => {
          if (!child || child.exitCode !== null || child.signalCode !== null) return
          const ended = new Promise((resolve) => child.once('exit', resolve))
          child.kill('SIGKILL')
          await ended
        }),
      )
      closeSync(log)
    },
  }
}
