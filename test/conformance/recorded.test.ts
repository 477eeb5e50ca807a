import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkCase } from '../../conformance/check-case'
import { kinds } from '../../conformance/kinds'
import { readCases } from '../../conformance/read-cases'
import { packageRoot } from '../../src/package-root'

const own = join(packageRoot(), 'conformance', 'recorded')
const shared = join(packageRoot(), '..', 'shared', 'oracle', 'estimator')

let scratch: string
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'holdfast-conformance-'))
})
afterAll(() => rm(scratch, { recursive: true, force: true }))

async function differencesIn(folder: string): Promise<string[]> {
  const cases = await readCases(folder)
  expect(cases.length).toBeGreaterThan(50)
  const verdicts = []
  for (const one of cases) verdicts.push(await checkCase({ one, folder, kinds, scratch }))
  return verdicts.flatMap(({ name, differences }) => differences.map((text) => `${name}  ${text}`))
}

test('every request that was recorded for this repository is ours too', async () => {
  expect(await differencesIn(own)).toEqual([])
}, 60_000)

test('and every request of models, endpoints, transforms, processing and packages', async () => {
  expect(await differencesIn(join(own, 'serving'))).toEqual([])
}, 60_000)

// Lies beside the repository where it is developed.
const testIfShared = existsSync(shared) ? test : test.skip
testIfShared(
  'every request of the shared recording is ours too',
  async () => {
    expect(await differencesIn(shared)).toEqual([])
  },
  60_000,
)
