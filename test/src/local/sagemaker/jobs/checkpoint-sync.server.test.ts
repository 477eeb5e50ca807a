import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { createCheckpointSync } from '../../../../../src/local/sagemaker/jobs/checkpoint-sync'
import { seededRandom } from '../../../../../src/local/sagemaker/jobs/random'
import { createS3Transfer } from '../../../../../src/local/sagemaker/jobs/s3-transfer'
import { bucket, quiet, region, startFixture, type Fixture } from './fixture'

let fixture: Fixture
beforeAll(async () => {
  fixture = await startFixture()
}, 180_000)
afterAll(() => fixture.close(), 180_000)

test('a nasty last sync uploads a seeded part of what is due, its last file cut short', async () => {
  const s3 = createS3Transfer({ region, patienceSeconds: 5 })
  const folder = join(fixture.dataDir, 'checkpoints')
  await mkdir(folder)
  const names = Array.from({ length: 20 }, (_, index) => `file-${index}`)
  for (const name of names) await writeFile(join(folder, name), 'x'.repeat(1000))
  const sizes = async (prefix: string, seed: number) => {
    const sync = createCheckpointSync({
      s3,
      at: { bucket, key: prefix },
      folder,
      random: seededRandom(seed, 'order'),
      logger: quiet,
    })
    await sync.pushPartly(seededRandom(seed, 'sync'))
    const objects = await s3.list({ at: { bucket, key: `${prefix}/` } })
    return objects.map(({ key, size }) => [key.slice(prefix.length + 1), size] as const)
  }
  try {
    const first = await sizes('nasty/one', 7)
    expect(first.length).toBeGreaterThan(0)
    expect(first.length).toBeLessThan(names.length)
    expect(first.filter(([, size]) => size < 1000)).toHaveLength(1)
    expect(await sizes('nasty/two', 7)).toEqual(first)
    expect(await sizes('nasty/three', 8)).not.toEqual(first)
  } finally {
    s3.close()
  }
}, 180_000)
