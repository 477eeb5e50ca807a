import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../../src/package-root'

jest.setTimeout(300_000)

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-conformance-'))
  await mkdir(join(folder, 'expected'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const bucket = { service: 's3', op: 'CreateBucket', params: { Bucket: 'mine' } }
const missing = { kind: 'default_bucket', missing_buckets: ['mine'] }

async function record(cases: object, expected: Record<string, object> = {}): Promise<void> {
  await writeFile(join(folder, 'cases.json'), JSON.stringify(cases))
  for (const [name, calls] of Object.entries(expected)) {
    await writeFile(join(folder, 'expected', `${name}.json`), JSON.stringify(calls))
  }
}

function run(...args: string[]): Promise<{ code: number; lines: string[] }> {
  const main = join(packageRoot(), 'dist', 'conformance', 'main.js')
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], { timeout: 120_000 }, (error, stdout, stderr) => {
      const lines = `${stdout}${stderr}`.trim().split('\n')
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, lines })
    })
  })
}

test('ends with what passed, and exit code 0', async () => {
  await record([{ ...missing, name: 'one', session: { default_bucket: 'mine' } }], {
    one: { calls: [bucket] },
  })
  expect(await run('--cases', folder)).toEqual({ code: 0, lines: ['1 passed, 0 failed'] })
})

test('names each difference, ends with what failed, and exit code 1', async () => {
  const named = { ...missing, session: { default_bucket: 'mine' } }
  await record(
    [
      { ...named, name: 'one' },
      { ...named, name: 'two', region: 'eu-west-1' },
      { name: 'three', kind: 'x' },
    ],
    { one: { calls: [bucket] }, two: { calls: [bucket] } },
  )
  const { code, lines } = await run('--cases', folder)
  expect(code).toBe(1)
  expect(lines[0]).toBe(
    'two  CreateBucket.CreateBucketConfiguration: expected nothing, got {"LocationConstraint":"eu-west-1"}',
  )
  expect(lines[1]).toMatch(/^three {2}there is no kind x; known: default_bucket, deploy, /)
  expect(lines.at(-1)).toBe('1 passed, 2 failed')
})

test('says what is wrong with a directory that holds no cases, and exits with 2', async () => {
  const nowhere = await run('--cases', join(folder, 'nowhere'))
  expect(nowhere.code).toBe(2)
  expect(nowhere.lines[0]).toMatch(/^recorded cases cannot be read: ENOENT/)
  await writeFile(join(folder, 'cases.json'), '[{]')
  const broken = await run('--cases', folder)
  expect(broken.code).toBe(2)
  expect(broken.lines[0]).toMatch(/^recorded cases cannot be read: .*JSON/)
})
