import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-bootstrap-'))
const started: ChildProcess[] = []
afterAll(() => {
  for (const child of started) if (child.exitCode === null) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

/** Notes what it is asked; takes a moment, so that two of them at once would show. */
const fakeNpm = `
const { appendFileSync, mkdirSync, writeFileSync } = require('node:fs')
const note = (text) => appendFileSync(process.env.NPM_LOG, text + '\\n')
process.on('SIGTERM', () => { note('SIGTERM'); process.exit(1) })
note('begin ' + process.argv.slice(2, 4).join(' ') + ' ' + process.env.NODE_ENV)
mkdirSync(process.argv[2] === 'ci' ? 'node_modules' : 'dist', { recursive: true })
if (process.argv[2] !== 'ci') {
  mkdirSync('dist/src/cli', { recursive: true })
  writeFileSync('dist/src/cli/main.js', process.env.FAKE_CLI)
}
setTimeout(() => note('end'), Number(process.env.NPM_MS))
`

/** A run that is left by Ctrl-C and goes on. */
const fakeCli = `
process.on('SIGINT', () => { console.error('Detached. It goes on.'); process.exit(130) })
require('node:fs').appendFileSync(process.env.NPM_LOG, 'demo\\n')
setInterval(() => undefined, 1000)
`

interface Clone {
  log: () => string[]
  lock: string
  prepare: (ms: number) => Started
  demo: () => Started
}

interface Started {
  child: ChildProcess
  ended: Promise<number | null>
  stderr: () => string
}

/** A fresh clone with nothing in it but bootstrap.mjs and a lock file. */
function freshClone(): Clone {
  const root = mkdtempSync(join(folder, 'clone-'))
  const script = join(root, 'src/local/bootstrap.mjs')
  mkdirSync(join(root, 'src/local'), { recursive: true })
  cpSync(join(__dirname, '../../../src/local/bootstrap.mjs'), script)
  writeFileSync(join(root, 'package-lock.json'), '{}')
  writeFileSync(join(root, 'npm.cjs'), fakeNpm)
  const log = join(root, 'npm.log')
  const start = (command: string, ms: number): Started => {
    const env = {
      ...process.env,
      NODE_ENV: 'production',
      npm_execpath: join(root, 'npm.cjs'),
      NPM_LOG: log,
      NPM_MS: String(ms),
      FAKE_CLI: fakeCli,
    }
    const stdio: StdioOptions = ['ignore', 'ignore', 'pipe']
    const child = spawn(process.execPath, [script, command], { env, stdio })
    started.push(child)
    let text = ''
    child.stderr?.setEncoding('utf8').on('data', (more: string) => (text += more))
    const ended = once(child, 'close').then(([code]) => code as number | null)
    return { child, ended, stderr: () => text }
  }
  return {
    log: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []),
    lock: join(root, '.holdfast/bootstrap.lock'),
    prepare: (ms) => start('prepare', ms),
    demo: () => start('demo', 10),
  }
}

const both = ['begin ci --include=dev undefined', 'end', 'begin run --silent undefined', 'end']

test('two starts in one fresh clone install and build once, with what production leaves out', async () => {
  const { prepare, log, lock } = freshClone()
  const codes = await Promise.all([prepare(200).ended, prepare(200).ended])
  expect(codes).toEqual([0, 0])
  expect(log()).toEqual(both)
  expect(existsSync(lock)).toBe(false)
}, 120_000)

test('the lock of a start that was killed is dropped', async () => {
  const { prepare, log, lock } = freshClone()
  const dead = spawn('true')
  await once(dead, 'exit')
  mkdirSync(lock, { recursive: true })
  writeFileSync(join(lock, 'pid'), String(dead.pid))
  expect(await prepare(10).ended).toBe(0)
  expect(log()).toEqual(both)
}, 120_000)

test('a kill reaches what is being run, and leaves no lock', async () => {
  const { prepare, log, lock } = freshClone()
  const { child, ended } = prepare(300_000)
  const deadline = Date.now() + 60_000
  while (log().length === 0 && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 50))
  child.kill('SIGTERM')
  expect(await ended).toBe(143)
  expect(log().at(-1)).toBe('SIGTERM')
  expect(existsSync(lock)).toBe(false)
}, 120_000)

test('a demo that is left by Ctrl-C goes on, and nothing says that it was stopped', async () => {
  const { demo, log } = freshClone()
  const { child, ended, stderr } = demo()
  const deadline = Date.now() + 60_000
  while (log().at(-1) !== 'demo' && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 50))
  child.kill('SIGINT')
  expect(await ended).toBe(130)
  expect(stderr()).toContain('Detached. It goes on.')
  expect(stderr()).not.toContain('stopped')
}, 120_000)
