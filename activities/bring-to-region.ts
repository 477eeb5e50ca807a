import { ensureBucket } from '../src/aws/default-bucket'
import { rootOf } from '../src/aws/root-of'
import type { ResolvedPipeline } from '../src/config/resolved-pipeline'
import { HoldfastError } from '../src/errors'
import { inBucket, pipelineIn, siteIn } from '../src/regions/in-region'
import {
  checkpointsToMove,
  mirrorManifest,
  mirrorObject,
  mirrorPrefix,
  type Mirror,
} from '../src/regions/mirror'
import { checkpointsOf, type RunSite } from '../src/run-site'
import { kmsKeyOf, type Dependencies } from './dependencies'
import { inRegion } from './in-region'
import { requireReachable } from './require-reachable'
import type { Uploaded } from './upload'
import { withHeartbeat } from './with-heartbeat'

/** Where an attempt in another region finds what it reads. */
export interface Brought {
  site: RunSite
  inputs: Uploaded
  note: string
}

/**
 * Copies what a training job reads (data set, code, base model, the checkpoints so far) to the bucket
 * of the region that its placement names, under the same keys. Done twice it is the same.
 *
 * @throws HoldfastError `E_REGION_NOT_WATCHED`, `E_REGION_ENDPOINT`, which another worker may not;
 *   `E_REGION_HOME`, `E_REGION_PARTITION`, `E_REGION_FOREIGN`
 */
export async function bringToRegion(
  deps: Dependencies,
  options: {
    site: RunSite
    pipeline: ResolvedPipeline
    inputs: Uploaded
    region: string
    /** Earlier attempts were paid for: a permission that is lost is waited for. */
    afterPayment?: boolean
  },
): Promise<Brought> {
  const { site, pipeline, inputs, region } = options
  requireReachable(deps, region)
  const { s3 } = inRegion(deps, region)
  const owner = await deps.account()
  const over = pipelineIn({ pipeline, region })
  const { bucket } = rootOf({ pipeline: over, region, account: owner })
  const there = siteIn({ site, region, bucket })
  return withHeartbeat(async ({ signal, report }) => {
    const create = over.storage.bucket === undefined
    await ensureBucket({ s3, bucket, region, account: owner, create })
    const kmsKey = kmsKeyOf(over)
    const { onCopied, copied } = counted(report)
    const mirror: Mirror = { from: deps.s3, to: s3, owner, kmsKey, signal, onCopied }
    const moved = (uri: string) => movedTo({ uri, site, bucket })

    const { dataset, codeUri, modelUri } = inputs
    if (dataset) {
      const from = dataset.trainUri.replace(/\/train$/, '')
      await mirrorManifest({ mirror, from, to: moved(from) })
    }
    await mirrorObject({ mirror, from: codeUri, to: moved(codeUri), sha256: hashIn(codeUri) })
    if (modelUri !== null) {
      const from = modelUri.replace(/\/files$/, '')
      await mirrorManifest({ mirror, from, to: moved(from), files: 'files' })
    }
    const from = checkpointsOf({ site, pipeline })
    if (from !== null)
      await mirrorPrefix({ mirror, from, to: moved(from), choose: checkpointsToMove })

    const { trainUri, validationUri, testUri } = dataset ?? {}
    return {
      site: there,
      inputs: {
        ...inputs,
        codeUri: moved(codeUri),
        modelUri: modelUri === null ? null : moved(modelUri),
        dataset: dataset && {
          ...dataset,
          trainUri: moved(trainUri ?? ''),
          validationUri: validationUri ? moved(validationUri) : null,
          testUri: moved(testUri ?? ''),
        },
      },
      note: noteOf(copied()),
    }
  })
}

/** Copies so far; told with each beat. */
export function counted(report: (details: unknown) => void) {
  const sum = { objects: 0, bytes: 0 }
  return {
    copied: () => sum,
    onCopied: ({ size }: { size: number }) => {
      sum.objects += 1
      sum.bytes += size
      report({ ...sum })
    },
  }
}

export function noteOf({ objects, bytes }: { objects: number; bytes: number }): string {
  return `copied ${objects} objects, ${(bytes / 1e6).toFixed(1)} MB`
}

function movedTo(options: { uri: string; site: RunSite; bucket: string }): string {
  const { uri, site, bucket } = options
  const moved = inBucket({ uri, from: site.bucket, to: bucket })
  if (moved !== null) return moved
  throw new HoldfastError({
    code: 'E_REGION_FOREIGN',
    what: 'only what lies in the bucket of the run is copied to another region',
    where: uri,
    hint: 'take the placement with `region` out, or let Holdfast upload it from a local folder',
  })
}

/** Code lies under its own hash. */
function hashIn(codeUri: string): string {
  const [, hash] = /\/source\/([0-9a-f]{64})\/[^/]+$/.exec(codeUri) ?? []
  if (hash !== undefined) return hash
  throw new HoldfastError({
    code: 'E_REGION_FOREIGN',
    what: 'only code that Holdfast packed is copied to another region',
    where: codeUri,
    hint: 'make train.sourceDir a folder, or take the placement with `region` out',
  })
}
