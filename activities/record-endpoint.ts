import { AddTagsCommand, DeleteTagsCommand } from '@aws-sdk/client-sagemaker'

import { serveTags, type ServeSite } from '../src/deploy/release'
import type { Dependencies } from './dependencies'
import { viewEndpoint } from './endpoint-service'

/** Writes on the endpoint what came before, and when it ends; null takes a tag away. */
export async function recordEndpoint(
  deps: Dependencies,
  options: {
    site: ServeSite
    endpointName: string
    previous: string | null
    /** Absent: as it is. */
    life?: { ttlSeconds: number | null }
  },
): Promise<void> {
  const { endpointName, previous, life } = options
  const view = await viewEndpoint(deps, endpointName)
  if (view === null) return
  const { ttlSeconds = null } = life ?? {}
  const wanted: Record<string, string | null> = {
    [serveTags.previous]: previous,
    ...(life && {
      [serveTags.expiresAt]:
        ttlSeconds === null ? null : new Date(Date.now() + ttlSeconds * 1000).toISOString(),
    }),
  }
  const added = Object.entries(wanted).flatMap(([Key, Value]) =>
    Value === null ? [] : [{ Key, Value }],
  )
  const removed = Object.keys(wanted).filter((key) => wanted[key] === null && key in view.tags)
  const { sagemaker } = deps
  if (added.length > 0)
    await sagemaker.send(new AddTagsCommand({ ResourceArn: view.arn, Tags: added }))
  if (removed.length > 0)
    await sagemaker.send(new DeleteTagsCommand({ ResourceArn: view.arn, TagKeys: removed }))
}
