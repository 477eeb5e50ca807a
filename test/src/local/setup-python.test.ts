import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SetUpContext } from '../../../src/local/setup/context'
import { uv } from '../../../src/local/setup/pins'
import { getPython } from '../../../src/local/setup/python'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-setup-'))
const lines: string[] = []
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A cache whose uv notes what it is asked and fails at a lock that `failing` names; and a Python. */
function fakeMachine(): { context: SetUpContext; asked: () => string[]; failing: string } {
  const cache = mkdtempSync(join(folder, 'cache-'))
  const uvFolder = join(cache, `uv-${uv.version}-${process.platform}-${process.arch}`)
  const log = join(cache, 'asked')
  const failing = join(cache, 'failing')
  mkdirSync(uvFolder)
  const uvScript = `#!/bin/sh
echo "$@" >> '${log}'
if [ -s '${failing}' ] && echo "$@" | grep -q -f '${failing}'; then echo "no such index" >&2; exit 2; fi
if [ "$1" = venv ]; then
  for folder; do :; done
  mkdir -p "$folder/bin" && printf '#!/bin/sh\\n' > "$folder/bin/python" && chmod +x "$folder/bin/python"
fi
`
  writeFileSync(join(uvFolder, 'uv'), uvScript, { mode: 0o755 })
  const bin = join(cache, 'bin')
  mkdirSync(bin)
  const pythonScript = '#!/bin/sh\n[ "$1" = -c ] && echo 3.12.4\nexit 0\n'
  writeFileSync(join(bin, 'python'), pythonScript, { mode: 0o755 })
  // A compiler to be found; it is never run.
  writeFileSync(join(bin, 'cc'), '#!/bin/sh\n', { mode: 0o755 })
  const PATH = `${bin}:/usr/bin:/bin`
  const asked = (): string[] =>
    readFileSync(log, 'utf8')
      .split('\n')
      .flatMap(
        (line) =>
          /requirements-[\w-]+\.txt$/
            .exec(line)
            ?.map((lock) => (line.includes('--no-deps') ? `${lock} alone` : lock)) ?? [],
      )
  const env = { PATH, HOLDFAST_BASE_PYTHON: join(bin, 'python') }
  const onProgress = (line: string): void => void lines.push(line)
  return { context: { cache, env, onProgress, freeBytes: async () => 1e12 }, asked, failing }
}

test('CPU-only torch is installed without a look at dependencies, and without it the full one', async () => {
  const good = fakeMachine()
  await getPython(good.context, async () => 'cpu')
  expect(good.asked()).toEqual([
    'requirements-torch-cpu.txt alone',
    'requirements-cpu.txt alone',
    'requirements-toolkit.txt',
  ])
  const bad = fakeMachine()
  writeFileSync(bad.failing, 'requirements-cpu\n')
  lines.length = 0
  const { python } = await getPython(bad.context, async () => 'cpu')
  expect(python).toContain('python-pypi-')
  expect(bad.asked().slice(-2)).toEqual(['requirements-pypi.txt', 'requirements-toolkit.txt'])
  expect(lines.filter((line) => line.includes('the full torch is taken'))).toHaveLength(1)
  expect(readdirSync(bad.context.cache).filter((name) => name.startsWith('python-cpu'))).toEqual([])
})

test('the training toolkit is tried again at the next set-up until it is there', async () => {
  const machine = fakeMachine()
  writeFileSync(machine.failing, 'toolkit\n')
  expect((await getPython(machine.context, async () => 'pypi')).runner).toBe('built-in')
  writeFileSync(machine.failing, '')
  expect((await getPython(machine.context, async () => 'pypi')).runner).toBe('toolkit')
  const asked = machine.asked().length
  expect((await getPython(machine.context, async () => 'pypi')).runner).toBe('toolkit')
  expect(machine.asked()).toHaveLength(asked)
})

test('the locks hold pip, and all that torch needs where it is installed alone', () => {
  const names = (lock: string): string[] =>
    readFileSync(join(__dirname, '../../../src/local/python', lock), 'utf8')
      .split('\n')
      .flatMap((line) => /^([a-z0-9-]+)==/.exec(line)?.[1] ?? [])
  expect(names('requirements-pypi.txt')).toContain('pip')
  const needed = ['filelock', 'fsspec', 'jinja2', 'markupsafe', 'mpmath', 'networkx', 'setuptools']
  expect(names('requirements-cpu.txt')).toEqual(
    expect.arrayContaining([...needed, 'pip', 'sympy', 'typing-extensions']),
  )
})
