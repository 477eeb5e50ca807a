import { HoldfastError } from '../src/errors'
import { storageOf, type Dependencies } from './dependencies'
import { withHeartbeat } from './with-heartbeat'

export interface SealedArtifact {
  uri: string
  sha256: string
  /** Bytes. */
  size: number
}

/** Hashes what a training left, at once: whatever is published later must be these bytes. */
export async function sealArtifact(
  deps: Dependencies,
  { artifactUri }: { artifactUri: string },
): Promise<SealedArtifact> {
  return withHeartbeat(async ({ report, signal }) => {
    const storage = await storageOf(deps, signal)
    const size = await storage.size(artifactUri)
    if (size === null || size === 0) {
      throw new HoldfastError({
        code: 'E_ARTIFACT_MISSING',
        what:
          size === null
            ? 'the job completed but left no model.tar.gz'
            : 'the model.tar.gz that the job left is empty',
        where: artifactUri,
        hint: 'the script must save its model to SM_MODEL_DIR (/opt/ml/model)',
      })
    }
    const hashed = await storage.hash(artifactUri, (bytes) => report({ bytes, of: size }))
    return { uri: artifactUri, ...hashed }
  })
}
