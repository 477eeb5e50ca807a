// What `npm run demo` and `npm test` start: plain JavaScript with no dependency, as in a fresh clone there
// is neither node_modules nor dist. It brings both up to date and hands over to the built program.
//
//   node src/local/bootstrap.mjs demo [options of `holdfast demo`]
//   node src/local/bootstrap.mjs test [options of jest]
//   node src/local/bootstrap.mjs prepare                      node packages and build only

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const [command, ...args] = process.argv.slice(2)

/** The child that runs now; there is one at a time. */
let child
let interrupted

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    interrupted = signal
    // A terminal sends Ctrl-C to the child as well; `kill` reaches us alone. Twice does no harm.
    const childHasIt = signal === 'SIGINT' && process.stdin.isTTY
    if (child?.exitCode === null && child.signalCode === null && !childHasIt) child.kill(signal)
  })
}

async function main() {
  checkNode()
  // It leaves out what the build needs, and the tests are no production.
  delete process.env.NODE_ENV
  useProxy()
  await whileLocked(async () => {
    await step('node packages', installPackages)
    await step('build', build)
  })
  if (command === 'prepare') return 0
  if (command === 'demo')
    return run(process.execPath, [join(root, 'dist/src/cli/main.js'), 'demo', ...args], {
      saysHowItWasLeft: true,
    })
  return test()
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  throw new Failure(`Node ${process.versions.node} is too old: install Node 20.19 or newer`)
}

/** Downloads go through HTTPS_PROXY where Node can (24 and newer), the local services never do. */
function useProxy() {
  const { env } = process
  if (Number.parseInt(process.versions.node, 10) < 24) return
  if (!(env.HTTPS_PROXY || env.https_proxy) || env.NODE_USE_ENV_PROXY !== undefined) return
  env.NODE_USE_ENV_PROXY = '1'
  const direct = [env.no_proxy || env.NO_PROXY, '127.0.0.1', 'localhost'].filter(Boolean).join(',')
  env.NO_PROXY = direct
  env.no_proxy = direct
}

/** One start at a time works on node_modules and dist; the lock of a process that is gone is dropped. */
async function whileLocked(work) {
  const lock = join(root, '.holdfast', 'bootstrap.lock')
  // The demo's data directory too: the user's alone.
  mkdirSync(dirname(lock), { recursive: true, mode: 0o700 })
  let told = false
  while (!tryLock(lock)) {
    if (interrupted) throw new Failure('stopped')
    const pid = read(join(lock, 'pid'))
    if (isStale(lock, pid)) {
      dropLock(lock, pid)
      continue
    }
    if (!told) say(`another start${pid ? ` (process ${pid})` : ''} prepares this clone, waiting …`)
    told = true
    await sleep(200)
  }
  const release = () => rmSync(lock, { recursive: true, force: true })
  process.once('exit', release)
  try {
    return await work()
  } finally {
    process.off('exit', release)
    release()
  }
}

/** A folder that is moved to its place has its file in it from the first; it never takes the place of one that has. */
function tryLock(lock) {
  const draft = `${lock}.${process.pid}.draft`
  mkdirSync(draft, { recursive: true })
  writeFileSync(join(draft, 'pid'), String(process.pid))
  try {
    renameSync(draft, lock)
    return true
  } catch (error) {
    if (error.code === 'EEXIST' || error.code === 'ENOTEMPTY') return false
    throw error
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

/** Its process is gone, or it is older than any install: the number may be another process's by now. */
function isStale(lock, pid) {
  const since = statSync(lock, { throwIfNoEntry: false })?.mtimeMs
  // Given back between two looks.
  if (since === undefined || !pid) return false
  return Date.now() - since > 3600_000 || !isRunning(Number(pid))
}

function isRunning(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** Two may find the same lock stale: one that is not the one judged is put back. */
function dropLock(lock, judged) {
  const aside = `${lock}.${process.pid}`
  try {
    renameSync(lock, aside)
    if (read(join(aside, 'pid')) !== judged) renameSync(aside, lock)
  } catch {
    // Another was faster.
  }
  rmSync(aside, { recursive: true, force: true })
}

/** `npm ci` when package-lock.json is not the one that node_modules was made from. */
async function installPackages() {
  const stamp = join(root, 'node_modules', '.holdfast-packages')
  const want = hashOf([join(root, 'package-lock.json')])
  if (read(stamp) === want) return false
  if (installedByHand()) {
    writeFileSync(stamp, want)
    return false
  }
  say('node packages: npm ci (about 600 MB on disk, one or two minutes the first time) …')
  await npm('npm ci', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'])
  writeFileSync(stamp, want)
  return true
}

/** npm notes in a hidden lock what it installed: newer than ours, it was made from ours. Without typescript, it was for production. */
function installedByHand() {
  const hidden = join(root, 'node_modules', '.package-lock.json')
  return (
    existsSync(hidden) &&
    existsSync(join(root, 'node_modules', 'typescript')) &&
    statSync(hidden).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs
  )
}

/** `npm run build` when the sources are not the ones that dist was made from. */
async function build() {
  const stamp = join(root, 'dist', '.holdfast-sources')
  const sources = ['src', 'workflows', 'activities'].flatMap((folder) =>
    filesIn(join(root, folder)),
  )
  const settings = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json']
  const want = hashOf([...settings.map((name) => join(root, name)), ...sources])
  if (read(stamp) === want) return false
  say('build: compiling …')
  rmSync(stamp, { force: true })
  await npm('the build', ['run', '--silent', 'build'])
  writeFileSync(stamp, want)
  return true
}

/** Sets up every part, then jest, then the tests of the Python helpers; both always run. */
async function test() {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'))
  try {
    const partsFile = join(folder, 'parts.json')
    await step('set-up', async () => {
      await must('the set-up', process.execPath, [
        join(root, 'dist/src/local/setup-main.js'),
        partsFile,
      ])
      return true
    })
    const parts = JSON.parse(readFileSync(partsFile, 'utf8'))
    const env = { ...process.env, ...parts, HOLDFAST_TEST_MARK: folder }
    const asked = args.find((option) => option.startsWith('--outputFile='))
    const jestFile = asked
      ? resolve(asked.slice('--outputFile='.length))
      : join(folder, 'jest.json')
    const jest = join(root, 'node_modules/jest/bin/jest.js')
    const options = ['--json', `--outputFile=${jestFile}`, '--testLocationInResults=false']
    const jestCode = await run(process.execPath, [jest, ...args.filter(isNotJson), ...options], {
      env,
      hideStdout: true,
    })
    const python = await testPython(env)
    const jestResult = existsSync(jestFile) ? JSON.parse(readFileSync(jestFile, 'utf8')) : undefined
    // A suite that does not even load has no test to fail.
    const broken = jestResult ? jestResult.numRuntimeErrorTestSuites : 1
    const passed = (jestResult?.numPassedTests ?? 0) + python.passed
    const failed = (jestResult?.numFailedTests ?? 0) + broken + python.failed
    process.stdout.write(`${passed} passed, ${failed} failed\n`)
    if (failed > 0) return 1
    return jestCode || python.code
  } finally {
    await endMarked(`HOLDFAST_TEST_MARK=${folder}`)
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Ends what interrupted tests have left: all that carries their mark in its environment, and the jobs of
 * their platforms, which have no variables of ours but the folder they run for. Linux only.
 */
async function endMarked(mark) {
  if (process.platform !== 'linux') return
  const jobs = new Set()
  const deadline = Date.now() + 10_000
  for (;;) {
    const left = readdirSync('/proc').filter((pid) => {
      if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false
      try {
        const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
        if (!variables.includes(mark))
          return variables.some((variable) => [...jobs].some((job) => variable.startsWith(job)))
        // A platform's services run in its data directory.
        if (variables.some((variable) => variable.startsWith('HOLDFAST_PLATFORM_ID=')))
          jobs.add(`HOLDFAST_RUN=${readlinkSync(`/proc/${pid}/cwd`)}/`)
        return true
      } catch {
        return false
      }
    })
    if (left.length === 0 || Date.now() > deadline) return
    for (const pid of left) {
      try {
        process.kill(Number(pid), 'SIGKILL')
      } catch {
        // Gone in the meantime.
      }
    }
    await sleep(50)
  }
}

const isNotJson = (option) => option !== '--json' && !option.startsWith('--outputFile')

async function testPython(env) {
  const tests = join(root, 'test', 'training')
  if (!existsSync(tests)) return { passed: 0, failed: 0, code: 0 }
  let output = ''
  const options = ['-m', 'unittest', 'discover', '-s', tests]
  const code = await run(env.HOLDFAST_PYTHON, options, {
    env,
    onStderr: (text) => (output += text),
  })
  const ran = Number(/^Ran (\d+) tests?/m.exec(output)?.[1] ?? 0)
  const count = (word) => Number(new RegExp(`${word}=(\\d+)`).exec(output)?.[1] ?? 0)
  const failed = count('failures') + count('errors') + count('unexpected successes')
  return {
    passed: Math.max(0, ran - failed - count('skipped')),
    failed: failed || (code === 0 ? 0 : 1),
    code,
  }
}

/** Says how long a step took, when it had something to do. */
async function step(name, work) {
  const start = Date.now()
  if (await work()) say(`${name}: done (${((Date.now() - start) / 1000).toFixed(1)} s)`)
}

async function must(name, program, options) {
  const code = await run(program, options)
  if (code !== 0)
    throw new Failure(`${name} failed with exit code ${code}; what it said is above`, code)
}

/** The npm that started us, or the one on the PATH. */
async function npm(name, options) {
  const script = process.env.npm_execpath
  await must(name, script ? process.execPath : 'npm', script ? [script, ...options] : options)
}

/**
 * The exit code of a program that shares our terminal. One that `saysHowItWasLeft` does so unless the
 * signal ended it at once: a run that goes on was not stopped.
 */
async function run(
  program,
  options,
  { env = process.env, hideStdout = false, onStderr, saysHowItWasLeft = false } = {},
) {
  if (interrupted) throw new Failure('stopped')
  child = spawn(program, options, {
    cwd: root,
    env,
    stdio: ['inherit', hideStdout ? 'ignore' : 'inherit', onStderr ? 'pipe' : 'inherit'],
  })
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    onStderr(text)
    process.stderr.write(text)
  })
  const { exitCode, signal } = await new Promise((resolve, reject) => {
    child.once('error', (error) =>
      reject(new Failure(`${program} could not be run: ${error.message}`)),
    )
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal }))
  })
  const code = exitCode ?? 128 + constants.signals[signal]
  const hasSaidIt = saysHowItWasLeft && signal === null
  if (interrupted && code !== 0 && !hasSaidIt)
    throw new Failure('stopped; the next start goes on from here')
  return code
}

function filesIn(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(ts|json)$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort()
}

function hashOf(files) {
  const hash = createHash('sha256')
  for (const file of files) {
    if (existsSync(file))
      hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0')
  }
  return hash.digest('hex')
}

function read(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

function say(line) {
  process.stderr.write(`${line}\n`)
}

class Failure extends Error {
  constructor(message, code = 1) {
    super(message)
    this.code = code
  }
}

if (!['demo', 'test', 'prepare'].includes(command)) {
  say('usage: node src/local/bootstrap.mjs demo|test|prepare [options]')
  process.exitCode = 2
} else {
  main().then(
    (code) => (process.exitCode = code),
    (error) => {
      say(error instanceof Failure ? error.message : error.stack)
      process.exitCode = interrupted ? 128 + constants.signals[interrupted] : (error.code ?? 1)
    },
  )
}
