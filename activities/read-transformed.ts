import { createStorage, type StoredObject } from '../src/aws/storage'
import { HoldfastError } from '../src/errors'
import type { FrozenJob } from '../src/job'
import type { RunSite } from '../src/run-site'
import type { Transformed, TransformOrder } from '../src/transform/transform-order'
import { storageOf, type Dependencies } from './dependencies'
import { listInputs } from './transform-inputs'

/**
 * Counts what a job has written: for each object that was read there must be one with its name and
 * `.out`, in whichever folder below the output's, and written since the job was asked for.
 *
 * @throws HoldfastError `E_TRANSFORM_INCOMPLETE`
 */
export async function readTransformed(
  deps: Dependencies,
  { order, job }: { site: RunSite; order: TransformOrder; job: FrozenJob },
): Promise<Transformed> {
  // What the user points at may be another account's.
  const given = createStorage({ s3: deps.s3 })
  const inputs = await listInputs({ storage: given, uri: order.transform.data })
  const since = await askedAt(deps, job)
  const outputs = (await given.list(job.outputUri)).filter(
    ({ path, modified }) => path.endsWith('.out') && modified >= since,
  )
  const missing = missingOf({ inputs, outputs })
  if (missing.length > 0) {
    throw new HoldfastError({
      code: 'E_TRANSFORM_INCOMPLETE',
      what: `the job completed, and ${missing.length} of ${inputs.length} objects have no answers: ${missing.slice(0, 3).join(', ')}`,
      where: job.outputUri,
      hint: 'did somebody delete them, or add input while the job ran? Run the transform again',
    })
  }
  return { inputs: inputs.length, bytes: outputs.reduce((sum, { size }) => sum + size, 0) }
}

/** When the request was frozen, before its job was created: by S3's clock, in milliseconds. */
async function askedAt(deps: Dependencies, job: FrozenJob): Promise<number> {
  const storage = await storageOf(deps)
  const folder = job.requestUri.slice(0, job.requestUri.lastIndexOf('/'))
  const frozen = (await storage.list(folder)).find(({ uri }) => uri === job.requestUri)
  return frozen?.modified ?? 0
}

/** Objects of one name may lie in several folders: each needs an answer of its own. */
function missingOf(options: { inputs: StoredObject[]; outputs: StoredObject[] }): string[] {
  const { inputs, outputs } = options
  const left = new Map<string, number>()
  for (const { path } of outputs) left.set(nameOf(path), (left.get(nameOf(path)) ?? 0) + 1)
  return inputs.flatMap(({ uri }) => {
    const name = `${nameOf(uri)}.out`
    const count = left.get(name) ?? 0
    left.set(name, count - 1)
    return count > 0 ? [] : [uri]
  })
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
