import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { openJobStore } from '../../../../../src/local/sagemaker/jobs/job-store'

test('at the start a folder without a record is dropped, and one that cannot be read is left alone', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-store-'))
  try {
    const jobs = join(dataDir, 'sagemaker', 'jobs')
    await mkdir(join(jobs, 'left', 'run-1'), { recursive: true })
    await mkdir(join(jobs, 'torn'))
    await writeFile(join(jobs, 'torn', 'job.json'), '{')
    const logger = { info: () => undefined, warn: () => undefined, error: () => undefined }
    const store = await openJobStore({ dataDir, logger })
    expect(store.list('training')).toEqual([])
    await expect(stat(join(jobs, 'left'))).rejects.toThrow('ENOENT')
    expect((await stat(join(jobs, 'torn'))).isDirectory()).toBe(true)
  } finally {
    await rm(dataDir, { recursive: true })
  }
})
