import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { freePorts } from '../../src/local/free-ports'
import { packageRoot } from '../../src/package-root'

jest.setTimeout(300_000)

interface LogLine {
  name: string
  time: number
  level: number
  msg: string
  role?: 'control' | 'heavy'
  pid?: number
}

const running: ChildProcess[] = []
afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
})

function startWorker(temporalPort: number) {
  const child = spawn(process.execPath, [join(packageRoot(), 'dist', 'src', 'worker.js')], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      TEMPORAL_ADDRESS: `127.0.0.1:${temporalPort}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: '111122223333',
      AWS_SECRET_ACCESS_KEY: 'local-secret',
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  running.push(child)
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  // Whole ones: of the last only a part may have come.
  const lines = (): LogLine[] =>
    text
      .split('\n')
      .slice(0, -1)
      .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as LogLine] : []))
  return {
    child,
    lines,
    /** Pids that reported to be polling, oldest first. */
    polling: (role: 'control' | 'heavy') =>
      lines().flatMap((line) =>
        line.msg === 'polling' && line.role === role ? [line.pid ?? 0] : [],
      ),
  }
}

async function startTemporal(): Promise<number> {
  const command = process.env.HOLDFAST_TEMPORAL_CLI
  if (!command) throw new Error('HOLDFAST_TEMPORAL_CLI is not set; `npm test` sets it')
  const [port = 0, httpPort] = await freePorts(2)
  const args = ['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--log-level', 'never']
  const ports = ['--port', String(port), '--http-port', String(httpPort)]
  running.push(spawn(command, [...args, ...ports], { stdio: 'ignore' }))
  return port
}

async function until(what: string, look: () => boolean, seconds = 90): Promise<void> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(50))
    if (look()) return
  throw new Error(`gave up waiting until ${what}`)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('both roles poll; one that is killed comes back, alone; SIGTERM ends both soon', async () => {
  const worker = startWorker(await startTemporal())
  await until('both poll', () =>
    (['control', 'heavy'] as const).every((role) => worker.polling(role).length === 1),
  )
  const [control = 0] = worker.polling('control')
  const [heavy = 0] = worker.polling('heavy')

  process.kill(control, 'SIGKILL')
  await until('the control role polls again', () => worker.polling('control').length === 2)
  expect(worker.polling('heavy')).toEqual([heavy])
  expect(isAlive(heavy)).toBe(true)

  const askedAt = Date.now()
  worker.child.kill('SIGTERM')
  const [code] = (await once(worker.child, 'exit')) as [number | null]
  // After 13 s it kills what has not ended.
  expect(Date.now() - askedAt).toBeLessThan(45_000)
  expect(code).toBe(0)
  expect([control, heavy, worker.polling('control')[1] ?? 0].filter(isAlive)).toEqual([])
})

test('when the supervisor is killed outright, its processes end too', async () => {
  const worker = startWorker(await startTemporal())
  await until('both poll', () =>
    (['control', 'heavy'] as const).every((role) => worker.polling(role).length === 1),
  )
  const pids = [...worker.polling('control'), ...worker.polling('heavy')]
  worker.child.kill('SIGKILL')
  await until('they are gone', () => !pids.some(isAlive))
})

test('without Temporal it keeps trying, says so clearly, ever less often, and ends at once', async () => {
  const [port = 0] = await freePorts(1)
  const worker = startWorker(port)
  const restarts = () =>
    worker
      .lines()
      .filter(({ msg, role }) => role === 'control' && /starting it again/.test(msg))
      .slice(0, 3)
  await until('it tried three times', () => restarts().length === 3)

  const fatal = worker.lines().find(({ level }) => level === 60)
  expect(fatal?.msg).toContain(`127.0.0.1:${port}`)
  expect(fatal?.msg).toContain('Temporal did not answer')
  expect(restarts().map(({ msg }) => /in (\d+) s/.exec(msg)?.[1])).toEqual(['1', '2', '4'])
  const [first, second, third] = restarts().map(({ time }) => time)
  expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(1_000)
  expect((third ?? 0) - (second ?? 0)).toBeGreaterThanOrEqual(2_000)

  const askedAt = Date.now()
  worker.child.kill('SIGTERM')
  await once(worker.child, 'exit')
  // Soon: it neither waits for Temporal nor kills anybody, which would take 13 s.
  expect(Date.now() - askedAt).toBeLessThan(12_000)
})
