/** What PutMetricData has put: one file that only grows, a line per call, on disk before the answer. */

import { mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ignoreMissing } from '../jobs/durable-file'
import { identityKey, type MetricIdentity, type Sample } from './sample'

export interface CustomMetrics {
  put(added: readonly CustomSample[]): Promise<void>
  samplesOf(identity: MetricIdentity): readonly Sample[]
  /** Each metric once, with the time of its newest sample. */
  list(): { identity: MetricIdentity; newest: number }[]
}

export interface CustomSample {
  identity: MetricIdentity
  sample: Sample
}

interface Known {
  identity: MetricIdentity
  samples: Sample[]
}

export async function openCustomMetrics(options: { file: string }): Promise<CustomMetrics> {
  const { file } = options
  const known = new Map<string, Known>()
  let previous: Promise<unknown> = Promise.resolve()

  function note({ identity, sample }: CustomSample): void {
    const key = identityKey(identity)
    const metric = known.get(key) ?? { identity, samples: [] }
    known.set(key, metric)
    metric.samples.push(sample)
  }

  const content = (await readFile(file, 'utf8').catch(ignoreMissing)) ?? ''
  for (const line of content.split('\n')) parsed(line).forEach(note)

  async function append(added: readonly CustomSample[]): Promise<void> {
    await mkdir(dirname(file), { recursive: true })
    const handle = await open(file, 'a', 0o600)
    try {
      // It begins a line of its own: a kill may have left half a line before it.
      await handle.appendFile(`\n${JSON.stringify(added)}`)
      await handle.sync()
    } finally {
      await handle.close()
    }
    added.forEach(note)
  }

  return {
    put(added) {
      const result = previous.then(() => append(added))
      previous = result.catch(() => undefined)
      return result
    },
    samplesOf: (identity) => known.get(identityKey(identity))?.samples ?? [],
    list: () =>
      [...known.values()].map(({ identity, samples }) => ({
        identity,
        newest: samples.reduce((newest, { at }) => Math.max(newest, at), 0),
      })),
  }
}

/** Nothing of a line that a kill has torn: its call was never answered. */
function parsed(line: string): CustomSample[] {
  try {
    return JSON.parse(line) as CustomSample[]
  } catch {
    return []
  }
}
