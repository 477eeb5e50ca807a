import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create, list } from 'tar'
import { packInferenceCode, repackModel } from '../../../src/estimator/model-archive'

let folder: string
let modelArchive: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-repack-'))
  const write = async (path: string, text: string) => {
    await mkdir(join(folder, path, '..'), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  await write('model/weights.bin', 'w')
  await write('model/code/old.py', '')
  await write('serve/inference.py', '')
  await write('serve/tools/text.py', '')
  await write('common/shared.py', '')
  modelArchive = join(folder, 'model.tar.gz')
  await create({ file: modelArchive, gzip: true, cwd: join(folder, 'model') }, [
    'weights.bin',
    'code',
  ])
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const repack = async (over: { entryPoint: string; sourceDir?: string; codeArchive?: string }) => {
  const outFile = join(folder, 'repacked.tar.gz')
  return repackModel({ modelArchive, dependencies: [join(folder, 'common')], outFile, ...over })
}

test('a folder replaces the code of the archive, and dependencies lie in its lib', async () => {
  const members = await repack({ entryPoint: 'inference.py', sourceDir: join(folder, 'serve') })
  expect(members).toEqual([
    'code/',
    'code/inference.py',
    'code/lib/',
    'code/lib/common/',
    'code/lib/common/shared.py',
    'code/tools/',
    'code/tools/text.py',
    'weights.bin',
  ])
  const packed: string[] = []
  await list({
    file: join(folder, 'repacked.tar.gz'),
    onReadEntry: (entry) => packed.push(entry.path),
  })
  expect(packed).toEqual(members)
})

test('a script alone is added to the code of the archive', async () => {
  const members = await repack({ entryPoint: join(folder, 'serve', 'inference.py') })
  expect(members).toEqual(expect.arrayContaining(['code/inference.py', 'code/old.py']))
})

test('an archive of code is unpacked over the code of the model', async () => {
  const codeArchive = join(folder, 'sourcedir.tar.gz')
  await create({ file: codeArchive, gzip: true, cwd: join(folder, 'serve') }, ['inference.py'])
  const members = await repack({ entryPoint: 'inference.py', codeArchive })
  expect(members).toEqual(expect.arrayContaining(['code/inference.py', 'code/old.py']))
})

test('the same files give the same bytes', async () => {
  const bytes = async () => {
    await repack({ entryPoint: 'inference.py', sourceDir: join(folder, 'serve') })
    return readFile(join(folder, 'repacked.tar.gz'))
  }
  expect((await bytes()).equals(await bytes())).toBe(true)
})

test('code that was packed by itself gives the bytes that its folder gives', async () => {
  const [sourceDir, outFile] = [join(folder, 'serve'), join(folder, 'repacked.tar.gz')]
  const entryPoint = 'inference.py'
  await repack({ entryPoint, sourceDir })
  const inOneStep = await readFile(outFile)
  const codeArchive = join(folder, 'code.tar.gz')
  const dependencies = [join(folder, 'common')]
  await packInferenceCode({ entryPoint, sourceDir, dependencies, outFile: codeArchive })
  await repackModel({ modelArchive, entryPoint, codeArchive, replacesCode: true, outFile })
  expect((await readFile(outFile)).equals(inOneStep)).toBe(true)
})

test('what a machine allows its own files makes no other archive', async () => {
  const bytes = async () => {
    await repack({ entryPoint: 'inference.py', sourceDir: join(folder, 'serve') })
    return readFile(join(folder, 'repacked.tar.gz'))
  }
  const before = await bytes()
  await chmod(join(folder, 'common', 'shared.py'), 0o600)
  expect((await bytes()).equals(before)).toBe(true)
})

test('a script that is not in its folder is refused', async () => {
  const missing = repack({ entryPoint: 'none.py', sourceDir: join(folder, 'serve') })
  await expect(missing).rejects.toMatchObject({ code: 'E_ENTRY_POINT' })
})
