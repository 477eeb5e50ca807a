import { chmod, link, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { extract, list } from 'tar'
import { readFile } from 'node:fs/promises'
import { packCode } from '../../../src/estimator/code-archive'

let folder: string
let source: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-code-'))
  source = join(folder, 'scripts')
  await mkdir(join(source, 'pkg'), { recursive: true })
  await writeFile(join(source, 'train.py'), 'print(1)\n')
  await writeFile(join(source, 'pkg', '__init__.py'), '')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const outFile = (name = 'out.tar.gz') => join(folder, name)

test('the same files give the same bytes, whatever their times and owners’ rights', async () => {
  const first = await packCode({ entryPoint: 'train.py', sourceDir: source, outFile: outFile() })
  await utimes(join(source, 'train.py'), 1, 1)
  await chmod(join(source, 'train.py'), 0o600)
  const second = await packCode({
    entryPoint: 'train.py',
    sourceDir: source,
    outFile: outFile('b.tar.gz'),
  })
  expect(second.sha256).toBe(first.sha256)
  expect(first.members).toEqual(['pkg/', 'pkg/__init__.py', 'train.py'])
})

test('caches, packages of others and history stay out', async () => {
  for (const name of ['node_modules', '.git', '__pycache__']) {
    await mkdir(join(source, name))
    await writeFile(join(source, name, 'file'), '')
  }
  const { members } = await packCode({
    entryPoint: 'train.py',
    sourceDir: source,
    outFile: outFile(),
  })
  expect(members).toEqual(['pkg/', 'pkg/__init__.py', 'train.py'])
})

test('dependencies keep their own names, and links within the folder become files', async () => {
  await mkdir(join(folder, 'common'))
  await writeFile(join(folder, 'common', 'shared.py'), 'X = 1\n')
  await symlink('train.py', join(source, 'alias.py'))
  await link(join(source, 'train.py'), join(source, 'hard.py'))
  await packCode({
    entryPoint: 'train.py',
    sourceDir: source,
    dependencies: [join(folder, 'common')],
    outFile: outFile(),
  })
  const types = new Map<string, string>()
  await list({ file: outFile(), onReadEntry: (entry) => types.set(entry.path, entry.type) })
  expect(Object.fromEntries(types)).toEqual({
    'alias.py': 'File',
    'common/': 'Directory',
    'common/shared.py': 'File',
    'hard.py': 'File',
    'pkg/': 'Directory',
    'pkg/__init__.py': 'File',
    'train.py': 'File',
  })
  await mkdir(join(folder, 'unpacked'))
  await extract({ file: outFile(), cwd: join(folder, 'unpacked') })
  expect(await readFile(join(folder, 'unpacked', 'alias.py'), 'utf8')).toBe('print(1)\n')
})

test('names of more than 100 characters survive', async () => {
  const long = `${'deep'.repeat(40)}.py`
  await writeFile(join(source, long), '')
  await packCode({ entryPoint: 'train.py', sourceDir: source, outFile: outFile() })
  const names: string[] = []
  await list({ file: outFile(), onReadEntry: (entry) => names.push(entry.path) })
  expect(names).toContain(long)
})

test('without a source directory only the script is packed', async () => {
  const { members } = await packCode({
    entryPoint: join(source, 'train.py'),
    outFile: outFile(),
  })
  expect(members).toEqual(['train.py'])
})

test('a link that leads out of the folder is refused', async () => {
  await writeFile(join(folder, 'secret'), 'key')
  await symlink(join(folder, 'secret'), join(source, 'innocent.py'))
  await expect(
    packCode({ entryPoint: 'train.py', sourceDir: source, outFile: outFile() }),
  ).rejects.toMatchObject({ code: 'E_CODE_LINK' })
})

test('a missing entry point, one outside, and too much code are refused', async () => {
  const pack = (entryPoint: string, limits = { maxBytes: 1_000, maxFiles: 10 }) =>
    packCode({ entryPoint, sourceDir: source, outFile: outFile(), limits })
  await expect(pack('nope.py')).rejects.toMatchObject({ code: 'E_ENTRY_POINT' })
  await writeFile(join(folder, 'outside.py'), '')
  await expect(pack('../outside.py')).rejects.toMatchObject({ code: 'E_ENTRY_POINT' })
  await expect(pack('train.py', { maxBytes: 8, maxFiles: 10 })).rejects.toMatchObject({
    code: 'E_CODE_TOO_LARGE',
  })
  await expect(pack('train.py', { maxBytes: 1_000, maxFiles: 2 })).rejects.toMatchObject({
    code: 'E_CODE_TOO_LARGE',
  })
})
