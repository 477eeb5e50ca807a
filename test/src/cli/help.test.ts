import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../../src/package-root'
import { runCli } from '../../../src/cli/run-cli'
import { aCli } from './a-cli'

const main = join(packageRoot(), 'dist/src/cli/main.js')

/** Loads the CLI as `node` would, and reports on file descriptor 3 what it had loaded when it ended. */
const reportModules = `data:text/javascript,${encodeURIComponent(`
  import { createRequire } from 'node:module'
  import { writeSync } from 'node:fs'
  const { cache } = createRequire(${JSON.stringify(main)})
  process.on('exit', () => writeSync(2, 'LOADED ' + JSON.stringify(Object.keys(cache))))
`)}`

test.each(['--help', 'run --help', 'predict --help', 'sweep run --help'])(
  '`holdfast %s` loads no AWS, Temporal or other heavy module',
  (line) => {
    expect(existsSync(main)).toBe(true)
    const output = execFileSync(
      'sh',
      [
        '-c',
        '"$0" "$@" 2>&1 >/dev/null',
        process.execPath,
        '--import',
        reportModules,
        main,
        ...line.split(' '),
      ],
      { encoding: 'utf8', timeout: 60_000 },
    )
    const loaded = JSON.parse(output.slice(output.indexOf('LOADED ') + 7)) as string[]
    expect(loaded).toContain(main)
    const packages = loaded.flatMap(
      (path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [],
    )
    expect([...new Set(packages)].sort()).toEqual(['commander', 'picocolors'])
  },
)

test.each(['compare', 'models ls', 'models show', 'models rollback', 'reproduce'])(
  '`holdfast %s --help` ends with three examples',
  async (line) => {
    const cli = aCli()
    await runCli(cli, [...line.split(' '), '--help'])
    const [, examples = ''] = cli.out().split('\nExamples:\n')
    const commands = examples.trimEnd().split('\n')
    expect(commands).toHaveLength(3)
    const name = line.replace(' ls', '')
    for (const command of commands) expect(command).toMatch(new RegExp(`^ {2}holdfast ${name}\\b`))
  },
)
