import { rootOf } from '../src/aws/root-of'
import { joinUri } from '../src/aws/s3-uri'
import type { ResolvedPipeline } from '../src/config/resolved-pipeline'
import { HoldfastError } from '../src/errors'
import type { LastPublished } from '../src/nightly-state'
import { storageOf, type Dependencies } from './dependencies'

/** What this pipeline published last, by any run; null when there is nothing, nor a bucket for it. */
export async function readLastPublished(
  deps: Dependencies,
  { pipeline }: { pipeline: ResolvedPipeline },
): Promise<LastPublished | null> {
  if (!pipeline.publish) return null
  const { root } = rootOf({ pipeline, region: deps.region, account: await deps.account() })
  const uri = lastPublishedUri({ root, model: pipeline.publish.model, pipeline: pipeline.name })
  const bytes = await (await storageOf(deps)).readIfThere(uri)
  if (bytes === null) return null
  const last = parseLastPublished(bytes)
  if (last) return last
  throw new HoldfastError({
    code: 'E_MANIFEST',
    what: 'the record of what was published last was changed by somebody',
    where: uri,
    hint: 'delete it: the next run trains, and writes it again',
  })
}

/** Beside the model's versions, whose folders are named by 64 hexadecimal digits. */
export function lastPublishedUri(options: {
  root: string
  model: string
  /** Its name: several pipelines may publish into one model. */
  pipeline: string
}): string {
  const { root, model, pipeline } = options
  return joinUri(root, 'models', model, 'published', `${pipeline}.json`)
}

/** Null when it is none: somebody changed it. */
export function parseLastPublished(bytes: Buffer): LastPublished | null {
  try {
    const found = JSON.parse(bytes.toString('utf8')) as LastPublished
    const whole = typeof found.revision.data === 'string' && typeof found.publishedAt === 'string'
    return whole ? found : null
  } catch {
    return null
  }
}
