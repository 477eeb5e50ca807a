import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { ResolvedPipeline } from '../src/config/resolved-pipeline'
import { undefinedIfMissing } from '../src/dataset/undefined-if-missing'
import { HoldfastError } from '../src/errors'
import { packageRoot } from '../src/package-root'

/** The script that scores a candidate: the pipeline's own, or the one that comes with Holdfast. */
export async function evaluationScript({ evaluate }: ResolvedPipeline): Promise<Buffer> {
  const path = evaluate.entryPoint ?? join(packageRoot(), 'training', 'evaluate.py')
  const bytes = await readFile(path).catch(undefinedIfMissing)
  if (bytes) return bytes
  throw new HoldfastError({
    code: 'E_ENTRY_POINT',
    what: 'the evaluation script does not exist',
    where: path,
    hint: 'check `evaluate.entryPoint`; every worker must be able to read it',
  })
}
