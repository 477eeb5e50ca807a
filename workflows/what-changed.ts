import type { ResolvedPipeline } from '../src/config/resolved-pipeline'
import type { LastPublished, Revision } from '../src/nightly-state'

/** Whether there is anything to train on, and why, in a sentence for people. */
export function whatChanged(options: {
  pipeline: ResolvedPipeline
  revision: Revision
  last: LastPublished | null
}): { changed: boolean; reason: string } {
  const { pipeline, revision, last } = options
  if (!pipeline.publish)
    return { changed: true, reason: 'the pipeline publishes nothing that could be compared with' }
  if (last === null) return { changed: true, reason: 'nothing has been published yet' }
  const parts = (['data', 'model', 'code', 'config'] as const).filter(
    (part) => revision[part] !== last.revision[part],
  )
  if (parts.length > 0) {
    const [, trial] = last.revision.config.split(', ')
    const since = trial === undefined ? '' : ` since ${trial} was published`
    return { changed: true, reason: `${inWords(parts)} changed${since}` }
  }
  const { run, version, publishedAt } = last
  return {
    changed: false,
    reason: `nothing changed since ${run} published version ${version} on ${publishedAt.slice(0, 10)}`,
  }
}

/** @example nightRunId({ pipeline: 'reviews', due }) // 'reviews-20261123t020000' */
export function nightRunId({ pipeline, due }: { pipeline: string; due: Date }): string {
  const [date = '', time = ''] = due.toISOString().split('T')
  return `${pipeline}-${date.replaceAll('-', '')}t${time.slice(0, 8).replaceAll(':', '')}`
}

/** `data`, `code and config`, `data, model and code`. */
function inWords(parts: readonly string[]): string {
  const [last = '', ...others] = [...parts].reverse()
  return others.length === 0 ? last : `${others.reverse().join(', ')} and ${last}`
}
