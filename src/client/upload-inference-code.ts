import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

import { joinUri, s3Uri } from '../aws/s3-uri'
import { createStorage } from '../aws/storage'
import type { ResolvedDeployment } from '../config/resolve-deploy'
import { servingPrefix, type PackingSources } from '../deploy/packing'
import type { ServeSite } from '../deploy/release'
import { HoldfastError } from '../errors'
import { hashFile } from '../estimator/code-archive'
import { defaultBucketName } from '../estimator/hugging-face-estimator'
import { packInferenceCode } from '../estimator/model-archive'
import type { Session } from './session'

/**
 * Uploads the inference script and what comes with it, once per content: the scripts lie with the
 * user, the model with the workers, who bring them together. Undefined where there is no script.
 *
 * @throws HoldfastError `E_ARTIFACT_MISSING`, `E_ENTRY_POINT`, `E_DEPENDENCY`
 */
export async function uploadInferenceCode(options: {
  session: Session
  site: ServeSite
  model: ResolvedDeployment['model']
  /** S3 URI of the archive that the script joins. */
  modelData: string
}): Promise<PackingSources | undefined> {
  const { session, site, model, modelData } = options
  const { entryPoint, sourceDir, dependencies, modelKmsKey: kmsKey } = model
  if (entryPoint === undefined) return undefined
  const { s3 } = session.aws
  // What the user points at may be another account's.
  const given = createStorage({ s3 })
  const found = await given.head(modelData)
  if (found === null) throw noArchive(modelData)
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-inference-'))
  try {
    const outFile = join(folder, 'code.tar.gz')
    const onS3 = sourceDir?.startsWith('s3://') === true
    const codeArchive = join(folder, 'sourcedir.tar.gz')
    if (onS3) await given.downloadFile({ uri: sourceDir, path: codeArchive })
    const members = await packInferenceCode({
      ...(onS3 ? { entryPoint, codeArchive } : { entryPoint, sourceDir }),
      ...{ dependencies, outFile },
    })
    const script = basename(entryPoint)
    if (!members.includes(script)) throw notFound(script)
    const { size, sha256 } = await hashFile(outFile)
    const root = model.codeLocation ?? s3Uri(defaultBucketName(site), servingPrefix)
    const uri = joinUri(root, 'code', sha256, 'code.tar.gz')
    const own = createStorage({ s3, owner: site.account, kmsKey })
    if ((await own.size(uri)) !== size) await own.uploadFile({ path: outFile, uri })
    return {
      code: { uri, sha256 },
      replacesCode: sourceDir !== undefined && !onS3,
      script,
      model: { uri: modelData, etag: found.etag },
      ...(kmsKey !== undefined && { kmsKey }),
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function noArchive(where: string): HoldfastError {
  return new HoldfastError({
    code: 'E_ARTIFACT_MISSING',
    what: 'there is no archive that the script could be packed into',
    where,
    hint: 'give the s3:// URI of a model.tar.gz that is there',
  })
}

function notFound(script: string): HoldfastError {
  return new HoldfastError({
    code: 'E_ENTRY_POINT',
    what: `the container looks for ${script} at the top of code/, where it is not`,
    where: 'model.entryPoint',
    hint: 'set sourceDir to the folder that holds the script itself',
  })
}
