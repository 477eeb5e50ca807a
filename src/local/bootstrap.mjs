// What `npm run demo` and `npm test` start: plain JavaScript with no dependency, as in a fresh clone there
// is neither node_modules nor dist. It brings both up to date and hands over to the built program.
//
//   node src/local/bootstrap.mjs demo [options of `holdfast demo`]
//   node src/local/bootstrap.mjs test [options of jest]

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
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
    if (child?.exitCode === null && child.signalCode === null && !process.stdin.isTTY)
      child.kill(signal)
  })
}

async function main() {
  checkNode()
  await step('node packages', installPackages)
  await step('build', build)
  if (command === 'demo')
    return run(process.execPath, [join(root, 'dist/src/cli/main.js'), 'demo', ...args])
  return test()
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  throw new Failure(`Node ${process.versions.node} is too old: install Node 20.19 or newer`)
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
  await npm('npm ci', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  writeFileSync(stamp, want)
  return true
}

/** npm notes in a hidden lock what it installed: newer than ours, it was made from ours. */
function installedByHand() {
  const hidden = join(root, 'node_modules', '.package-lock.json')
  return (
    existsSync(hidden) &&
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
    const env = { ...process.env, ...JSON.parse(readFileSync(partsFile, 'utf8')) }
    const jestFile = join(folder, 'jest.json')
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
    rmSync(folder, { recursive: true, force: true })
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

/** The exit code of a program that shares our terminal. */
async function run(program, options, { env = process.env, hideStdout = false, onStderr } = {}) {
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
  const code = await new Promise((resolve, reject) => {
    child.once('error', (error) =>
      reject(new Failure(`${program} could not be run: ${error.message}`)),
    )
    child.once('close', (exitCode, signal) => resolve(exitCode ?? 128 + constants.signals[signal]))
  })
  if (interrupted && code !== 0) throw new Failure('stopped; the next start goes on from here')
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
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
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

if (command !== 'demo' && command !== 'test') {
  say('usage: node src/local/bootstrap.mjs demo|test [options]')
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
