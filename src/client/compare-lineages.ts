import { compareLineages, type LineageComparison } from '../lineage/compare'
import type { Lineage } from '../lineage/lineage'
import { findLineage, runsInBucket } from './find-lineage'
import { runLineage } from './read-lineage'
import type { Session } from './session'

/** Runs of the same pipelines that are looked at for the noise of seeds; the newest names last. */
const mostOthers = 60

/** What differs between two runs or models, from their manifests. */
export async function compare(options: {
  a: string
  b: string
  session: Session
}): Promise<LineageComparison> {
  const { session } = options
  const [a, b] = await Promise.all([
    findLineage({ name: options.a, session }),
    findLineage({ name: options.b, session }),
  ])
  return compareLineages({ a, b, others: await othersLike({ lineages: [a, b], session }) })
}

/** Other runs of the two pipelines; one whose manifest is missing or damaged is left out. */
async function othersLike(options: {
  lineages: readonly Lineage[]
  session: Session
}): Promise<Lineage[]> {
  const { lineages, session } = options
  const found = new Set<string>()
  for (const { artifact, pipeline } of lineages) {
    const root = /^(s3:\/\/.+)\/(?:runs|models|sweeps)\//.exec(artifact?.uri ?? '')?.[1]
    const name = `${pipeline.name}-`
    const prefixes = await runsInBucket({ name, session, ...(root !== undefined && { root }) })
    for (const prefix of prefixes.slice(-mostOthers)) found.add(prefix)
  }
  const read = await Promise.allSettled([...found].map((prefix) => runLineage({ prefix, session })))
  return read.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
}
