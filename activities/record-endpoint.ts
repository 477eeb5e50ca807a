import { AddTagsCommand, DeleteTagsCommand } from '@aws-sdk/client-sagemaker'

import { idleTag } from '../src/deploy/idle-tag'
import { serveTags, type ServeSite } from '../src/deploy/release'
import type { Dependencies } from './dependencies'
import { viewEndpoint } from './endpoint-service'

/** Writes on the endpoint what came before, when it ends, and after how long without a request; null takes a tag away. */
export async function recordEndpoint(
  deps: Dependencies,
  options: {
    site: ServeSite
    endpointName: string
    previous: string | null
    /** Absent: as it is. */
    life?: { ttlSeconds: number | null; idleSeconds?: number | null }
  },
): Promise<void> {
  const { endpointName, previous, life } = options
  const view = await viewEndpoint(deps, endpointName)
  if (view === null) return
  const { ttlSeconds = null, idleSeconds = null } = life ?? {}
  const since = Date.now()
  const wanted: Record<string, string | null> = {
    [serveTags.previous]: previous,
    ...(life && {
      [serveTags.expiresAt]:
        ttlSeconds === null ? null : new Date(since + ttlSeconds * 1000).toISOString(),
      [serveTags.idleAfter]: idleSeconds === null ? null : idleTag({ seconds: idleSeconds, since }),
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
