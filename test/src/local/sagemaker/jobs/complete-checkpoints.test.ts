import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { completeCheckpoints } from '../../../../../src/local/sagemaker/jobs/checkpoint-sync'

test('a checkpoint of several ranks is complete when all of them have sealed it, one of a single process when it has', async () => {
  const root = await mkdtemp(join(tmpdir(), 'holdfast-complete-'))
  const hosts = ['algo-1', 'algo-2'].map((host) => join(root, host))
  const seal = async (host: number, checkpoint: string, name: string) => {
    const folder = join(hosts[host] ?? '', checkpoint)
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, name), JSON.stringify({ worldSize: 2 }))
  }
  try {
    await mkdir(join(root, 'algo-1', 'checkpoint-1'), { recursive: true })
    await seal(0, 'checkpoint-2', 'holdfast-manifest.json')
    await seal(0, 'checkpoint-3', 'holdfast-manifest.rank-0.json')
    expect(await completeCheckpoints(hosts)).toEqual(['checkpoint-2'])
    await seal(1, 'checkpoint-3', 'holdfast-manifest.rank-1.json')
    expect((await completeCheckpoints(hosts)).sort()).toEqual(['checkpoint-2', 'checkpoint-3'])
    expect(await completeCheckpoints([join(root, 'nowhere')])).toEqual([])
  } finally {
    await rm(root, { recursive: true })
  }
})
