import { randomBytes } from 'node:crypto'
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

import { unpackArchive } from '../../src/unpack-archive'
import { tarGz, type TarEntry } from './a-tar'

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdfast-unpack-'))
  await mkdir(join(root, 'outside'))
  await writeFile(join(root, 'outside', 'kept'), 'as it was')
})
afterEach(() => rm(root, { recursive: true, force: true }))

async function unpack(bytes: Buffer): Promise<string> {
  const archive = join(root, 'model.tar.gz')
  await writeFile(archive, bytes)
  await unpackArchive({ archive, into: join(root, 'into') })
  return join(root, 'into')
}

/** Everything below the test's folder but the folder unpacked into. */
async function outside(): Promise<string[]> {
  const names = await readdir(root, { recursive: true })
  return names.filter((name) => !name.startsWith('into')).sort()
}

test('files and folders come out as they went in', async () => {
  const weights = randomBytes(100_000)
  const into = await unpack(
    tarGz([
      { path: 'code/', type: 'Directory', mode: 0o755 },
      { path: 'code/inference.py', body: 'print()' },
      { path: 'a/new/folder/model.safetensors', body: weights },
    ]),
  )
  expect(await readFile(join(into, 'a/new/folder/model.safetensors'))).toEqual(weights)
  expect(await readFile(join(into, 'code/inference.py'), 'utf8')).toBe('print()')
})

const link = (linkpath: string): TarEntry => ({ path: 'link', type: 'SymbolicLink', linkpath })
const hostile: [string, TarEntry[]][] = [
  ['a path that climbs out', [{ path: '../outside/kept', body: 'evil' }]],
  ['a path that climbs out from within', [{ path: 'a/../../outside/new', body: 'evil' }]],
  ['an absolute path', [{ path: '/tmp/holdfast-evil-absolute', body: 'evil' }]],
  ['a symbolic link to the outside', [link('../outside'), { path: 'link/kept', body: 'evil' }]],
  ['a symbolic link to the inside', [{ path: 'a', body: 'x' }, link('a')]],
  ['an absolute symbolic link', [link('/etc'), { path: 'link/holdfast-evil', body: 'evil' }]],
  ['a hard link', [{ path: 'hard', type: 'Link', linkpath: '../outside/kept' }]],
  ['a hard link to the inside', [{ path: 'a' }, { path: 'hard', type: 'Link', linkpath: 'a' }]],
  ['a character device', [{ path: 'null', type: 'CharacterDevice', devmaj: 1, devmin: 3 }]],
  ['a block device', [{ path: 'disk', type: 'BlockDevice', devmaj: 8, devmin: 0 }]],
  ['a named pipe', [{ path: 'pipe', type: 'FIFO' }]],
  [
    'a link over a folder',
    [
      { path: 'd/', type: 'Directory' },
      { ...link('../outside'), path: 'd' },
    ],
  ],
]

test.each(hostile)('%s is refused, and nothing outside is written', async (_what, entries) => {
  const before = await outside()
  await expect(unpack(tarGz(entries))).rejects.toMatchObject({ code: 'E_ARCHIVE' })
  expect(await outside()).toEqual([...before, 'model.tar.gz'].sort())
  expect(await readFile(join(root, 'outside', 'kept'), 'utf8')).toBe('as it was')
  await expect(lstat('/tmp/holdfast-evil-absolute')).rejects.toThrow('ENOENT')
  await expect(lstat('/etc/holdfast-evil')).rejects.toThrow('ENOENT')
})

test('an archive that would grow to more than a hundred times its size is stopped early', async () => {
  const bomb = tarGz([{ path: 'zeros', body: Buffer.alloc(64 * 1024 * 1024) }])
  expect(bomb.length * 100).toBeLessThan(64 * 1024 * 1024)
  await expect(unpack(bomb)).rejects.toMatchObject({
    code: 'E_ARCHIVE',
    what: expect.stringContaining('decompression ratio') as string,
  })
})

test.each([
  ['nothing', Buffer.alloc(0)],
  ['no archive', gzipSync('this is text, not an archive')],
  ['half an archive', tarGz([{ path: 'a', body: randomBytes(50_000) }]).subarray(0, 20_000)],
])('%s is refused', async (_what, bytes) => {
  await expect(unpack(bytes)).rejects.toMatchObject({ code: 'E_ARCHIVE' })
})

test('more entries than allowed are refused', async () => {
  const archive = join(root, 'model.tar.gz')
  await writeFile(archive, tarGz(Array.from({ length: 11 }, (_, at) => ({ path: `file-${at}` }))))
  const unpacked = (maxEntries: number) =>
    unpackArchive({ archive, into: join(root, `into-${maxEntries}`), maxEntries })
  await expect(unpacked(10)).rejects.toMatchObject({ code: 'E_ARCHIVE' })
  await expect(unpacked(11)).resolves.toBeUndefined()
})
