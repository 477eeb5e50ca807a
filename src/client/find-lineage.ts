import { WorkflowNotFoundError } from '@temporalio/client'

import { accountOf } from '../aws/account'
import { isNotThere } from '../aws/classify-error'
import { rootOf } from '../aws/root-of'
import { joinUri } from '../aws/s3-uri'
import { HoldfastError } from '../errors'
import type { Lineage } from '../lineage/lineage'
import type { RunState } from '../run-state'
import { findId } from './find-id'
import { findModel, lookForModel } from './find-model'
import { isManifestPlace, manifestLineage, modelLineage, runLineage } from './read-lineage'
import type { Session } from './session'

/**
 * The lineage of a run or a model: `reviews-7f3k2m` (or its beginning, or `-`), `reviews@3`,
 * `reviews` (its champion), or a manifest: a file, its `s3://` URI or its prefix. Runs that Temporal has
 * forgotten are found in the default bucket.
 */
export async function findLineage(options: { name: string; session: Session }): Promise<Lineage> {
  const { name, session } = options
  if (isManifestPlace(name)) return manifestLineage({ place: name, session })
  const [model = '', version] = name.split('@')
  if (version !== undefined)
    return modelLineage({ found: await findModel({ model, version, session }), session })
  const run = await exactRun({ id: name, session })
  if (run !== null) return runLineage({ prefix: run, session })
  const champion = await lookForModel({ model: name, session })
  if (champion) return modelLineage({ found: champion, session })
  return runLineage({ prefix: await prefixOfRun({ name, session }), session })
}

/** Prefix of the run of exactly this id; null when Temporal knows none. */
async function exactRun({ id, session }: { id: string; session: Session }): Promise<string | null> {
  try {
    const { type, memo } = await session.temporal.workflow.getHandle(id).describe()
    return type === 'pipeline'
      ? ((memo?.['holdfast'] as RunState | undefined)?.prefix ?? null)
      : null
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null
    throw error
  }
}

/** Of the beginning of an id: Temporal's runs first, then those whose manifests lie in the default bucket. */
async function prefixOfRun({ name, session }: { name: string; session: Session }): Promise<string> {
  try {
    const id = await findId({ idOrPrefix: name, session, noun: 'run' })
    const prefix = await exactRun({ id, session })
    if (prefix !== null) return prefix
    throw new HoldfastError({
      code: 'E_NOT_THERE',
      what: 'the run has written nothing yet',
      where: id,
      hint: `see \`holdfast status ${id}\``,
    })
  } catch (error) {
    const isUnknown = error instanceof HoldfastError && error.code === 'E_RUN_NOT_FOUND'
    if (!isUnknown || name === '-') throw error
    const [prefix, ...more] = await runsInBucket({ name, session })
    if (prefix === undefined || more.length > 0) throw error
    return prefix
  }
}

/** Prefixes of the runs in the default bucket whose ids begin so. */
export async function runsInBucket(options: {
  name: string
  session: Session
  /** Default: the SDK's default bucket, and Holdfast's own prefix in it. */
  root?: string
}): Promise<string[]> {
  const { name, session } = options
  const root = options.root ?? (await defaultRoot(session))
  const storage = await session.storage()
  try {
    return await storage.folders(joinUri(root, 'runs', name))
  } catch (error) {
    if (isNotThere(error)) return []
    throw error
  }
}

async function defaultRoot({ aws }: Session): Promise<string> {
  const region = await aws.s3.config.region()
  const account = await accountOf(aws.sts)()
  return rootOf({ pipeline: { storage: { prefix: 'holdfast' } }, region, account }).root
}
