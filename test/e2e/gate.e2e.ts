import { createAwsClients, destroyClients } from '../../src/aws/clients'
import { createStorage } from '../../src/aws/storage'
import { moveChampion, readChampion } from '../../src/models/champion'
import type { Published, RunStatus } from '../../src/run-state'
import { startQuickPlatform, type QuickPlatform } from './support/quick-platform'

jest.setTimeout(600_000)

let quick: QuickPlatform
beforeAll(async () => {
  quick = await startQuickPlatform()
})
afterAll(() => quick?.stop())

test('a run whose gate fails ends rejected, with the numbers, exit code 3 and nothing published', async () => {
  const file = quick.write({ name: 'weak', steps: 4, accuracy: 0.6, atLeast: 0.9 })
  const { code, stdout, stderr } = await quick.cli(['run', '-f', file])
  expect({ code, stderr }).toMatchObject({ code: 3 })
  const id = stdout.trim()
  expect(stderr).toMatch(/was rejected by its gate: .*eval_accuracy 0\.6000 .*0\.9/)
  expect(stderr).toContain('Nothing was published')

  const status = await quick.status(id)
  expect(status).toMatchObject({
    id,
    state: 'rejected',
    gate: { passed: false },
    metrics: { eval_accuracy: 0.6 },
    published: null,
    error: null,
  })
  expect(status.gate?.reasons.join()).toMatch(/eval_accuracy 0\.6000 .*0\.9/)
  expect(status.stages).toContainEqual(
    expect.objectContaining({ name: 'publish', state: 'skipped' }),
  )
  expect(await quick.aws.modelPackages('weak')).toEqual([])

  // The model can still be had, to see what is wrong with it.
  expect(await quick.cli(['get', id, 'model', '--out', 'weak-model'])).toMatchObject({ code: 0 })
  // Whoever attaches later is told the same.
  const attached = await quick.cli(['attach', id, '--json'])
  expect(attached.code).toBe(3)
  expect(JSON.parse(attached.stdout) as RunStatus).toMatchObject({ id, state: 'rejected' })
})

test('the same scores pass a gate that asks for less', async () => {
  const file = quick.write({ name: 'modest', steps: 4, accuracy: 0.6, atLeast: 0.6 })
  const { code, stdout } = await quick.cli(['run', '-f', file, '--json'])
  expect(code).toBe(0)
  expect(JSON.parse(stdout) as RunStatus).toMatchObject({
    state: 'completed',
    gate: { passed: true },
    published: { version: 1 },
  })
})

test('a model is compared with the champion on the same rows, and must be better by what was asked for', async () => {
  const candidate = (accuracy: number) => {
    const more = { gate: { beatsChampionBy: 0.05 } }
    return quick.write({ name: 'contest', steps: 4, accuracy, atLeast: 0.5, more })
  }
  const run = async (accuracy: number) => {
    const { code, stdout } = await quick.cli(['run', '-f', candidate(accuracy), '--json'])
    return { code, ...(JSON.parse(stdout) as RunStatus) }
  }
  const first = await run(0.8)
  expect(first).toMatchObject({ code: 0, published: { version: 1 } })
  expect(first.gate?.reasons.at(-1)).toContain('no champion')
  await pointAt('contest', first.published)

  const same = await run(0.82)
  expect(same).toMatchObject({ code: 3, state: 'rejected', published: null })
  expect(same.gate?.reasons.at(-1)).toMatch(
    /0\.0200 better than the 0\.8000 of version 1, .* not above 0\.05/,
  )
  const better = await run(0.9)
  expect(better).toMatchObject({ code: 0, published: { version: 2 } })

  // With the champion deleted nothing is trained, until a person says what to compare with.
  await quick.aws.remove(better.published?.artifactUri ?? '')
  const trained = await quick.aws.trainingJobs('contest')
  const gone = await quick.cli(['run', '-f', candidate(0.95)])
  expect(gone.code).toBe(1)
  expect(gone.stderr).toContain('E_CHAMPION_GONE')
  expect(gone.stderr).toContain('holdfast models rollback contest')
  expect(await quick.aws.trainingJobs('contest')).toEqual(trained)
  expect(await quick.cli(['models', 'rollback', 'contest'])).toMatchObject({ code: 0 })
  const again = await run(0.95)
  expect(again).toMatchObject({ code: 0, published: { version: 3 } })
  expect(again.gate?.reasons.at(-1)).toContain('than the 0.8000 of version 1')
})

test('a model that is too slow and too large, or worse in one slice, is rejected with each number', async () => {
  const run = async (more: { latencyMs: number; lessInB?: number; maxSizeMb: number }) => {
    const { maxSizeMb, ...found } = more
    const gate = { maxLatencyMs: 20, maxSizeMb, noSliceWorseBy: 0.05 }
    const pipeline = { name: 'limits', steps: 4, accuracy: 0.9, byShop: true, ...found }
    const file = quick.write({ ...pipeline, more: { gate } })
    const { code, stdout } = await quick.cli(['run', '-f', file, '--json'])
    return { code, ...(JSON.parse(stdout) as RunStatus) }
  }
  const heavy = await run({ latencyMs: 45.5, maxSizeMb: 0.0001 })
  expect(heavy).toMatchObject({ code: 3, state: 'rejected', published: null })
  const reasons = heavy.gate?.reasons.join('\n')
  expect(reasons).toContain('a row takes 45.5 ms at the 95th percentile, more than 20')
  expect(reasons).toMatch(/the artifact has \S+ MB, more than 0\.0001/)

  expect(await run({ latencyMs: 20, maxSizeMb: 5 })).toMatchObject({
    code: 0,
    published: { version: 1 },
  })
  const uneven = await run({ latencyMs: 20, maxSizeMb: 5, lessInB: 0.2 })
  expect(uneven).toMatchObject({ code: 3, state: 'rejected', published: null })
  expect(uneven.gate?.reasons.join('\n')).toContain(
    'eval_accuracy of the 10 rows with shop "b" is 0.2000 worse than with version 1',
  )
  // As accurate as the champion, and one of two shops as before.
  expect(uneven.gate?.reasons.filter((reason) => reason.includes('shop'))).toHaveLength(1)
})

/** Makes what was published the champion, unless publishing has done so. */
async function pointAt(model: string, published: Published | null): Promise<void> {
  if (!published) throw new Error('nothing was published')
  const { version: packageVersion, modelPackageArn, sha256, artifactUri } = published
  const [root = ''] = artifactUri.split('/models/')
  const aws = createAwsClients({ env: process.env })
  try {
    const storage = createStorage({ s3: aws.s3 })
    const at = { storage, root, model }
    if ((await readChampion(at)) !== null) return
    const manifestUri = artifactUri.replace('model.tar.gz', 'manifest.json')
    const told = { run: 'first', metrics: {}, publishedAt: new Date().toISOString() }
    const to = { packageVersion, modelPackageArn, sha256, artifactUri, manifestUri, ...told }
    expect(await moveChampion({ ...at, to, by: 'the test', before: null })).toBe(true)
  } finally {
    destroyClients(aws)
  }
}
