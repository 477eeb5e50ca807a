import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { QuickPlatform } from './quick-platform'

/** What a completed run left, as the services themselves tell it. */
export interface Remains {
  trainingJobs: string[]
  processingJobs: string[]
  versions: number
  /** Bytes of the published model's file. */
  model: string
  /** Whether the published archive has the hash that the run says. */
  sound: boolean
}

/** Looks at a pipeline's remains by API and by the bytes in S3, not by what the run says of itself. */
export async function audit({
  quick,
  name,
  run,
}: {
  quick: QuickPlatform
  name: string
  run: string
}): Promise<Remains> {
  const { aws } = quick
  const { published } = await quick.status(run)
  const archive = await aws.object(published?.artifactUri ?? '')
  const actual = createHash('sha256')
    .update(archive ?? '')
    .digest('hex')
  return {
    trainingJobs: await aws.trainingJobs(`${name}-`),
    processingJobs: await aws.processingJobs(`${name}-`),
    versions: (await aws.modelPackages(name)).length,
    model: await modelOf({ quick, run }),
    sound: actual === published?.sha256,
  }
}

async function modelOf({ quick, run }: { quick: QuickPlatform; run: string }): Promise<string> {
  const out = mkdtempSync(join(tmpdir(), 'holdfast-model-'))
  try {
    const { code, stderr } = await quick.cli(['get', run, 'model', '--out', out])
    if (code !== 0) throw new Error(stderr)
    return readFileSync(join(out, 'model.json'), 'utf8')
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}
