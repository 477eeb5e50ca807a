import { createStorage } from '../src/aws/storage'
import { verifyInputs as verify } from '../src/lineage/verify-inputs'
import type { Dependencies } from './dependencies'
import type { Uploaded } from './upload'
import { withHeartbeat } from './with-heartbeat'

/** Reads and hashes everything that a model is made from again, before anything is paid for. */
export async function verifyInputs(
  deps: Dependencies,
  { inputs }: { inputs: Uploaded },
): Promise<{ note: string }> {
  return withHeartbeat(async ({ report, signal }) => {
    const { account = await deps.account() } = inputs
    const storage = createStorage({ s3: deps.s3, owner: account ?? undefined, signal })
    const given = { ...inputs, ...(inputs.dataset && { dataset: inputs.dataset }) }
    const found = await verify({ storage, inputs: given, how: 'bytes', onBytes: report })
    const { objects, bytes } = found
    return { note: `verified ${objects} recorded objects, ${(bytes / 1e6).toFixed(1)} MB` }
  })
}
