/** The metrics of a training job: the last value that each definition's regex finds in its log. */

import { messageOf } from '../../../errors'
import type { FinalMetric } from './job'
import { noticePrefix, type Recall } from './log-stream'
import { groupCount, pythonRegex } from './python-regex'

export interface MetricDefinition {
  Name: string
  Regex: string
}

export interface MetricScraper {
  /** Looks through lines that were printed just now. */
  take(lines: readonly string[]): void
  /** Looks through lines that an earlier server may have looked through: values keep their times. */
  recall: Recall
  /** All metrics, if any changed since this was last asked for. */
  changed(): FinalMetric[] | undefined
}

/** The definitions that cannot be used here, each with the reason. */
export function metricFaults(definitions: readonly MetricDefinition[]): string[] {
  return definitions.flatMap((definition) => {
    const { fault } = compile(definition)
    return fault === undefined ? [] : [`the metric ${definition.Name} is not read: ${fault}`]
  })
}

/**
 * @example
 * const scraper = createMetricScraper({ definitions, known: [], now: () => Date.now() / 1000 })
 * scraper.take(["{'loss': 0.25}"])
 * scraper.changed() // [{ MetricName: 'loss', Value: 0.25, Timestamp: 1760000000 }]
 */
export function createMetricScraper(options: {
  definitions: readonly MetricDefinition[]
  /** What was found before, also in earlier starts of the job. */
  known: readonly FinalMetric[]
  /** Epoch seconds. */
  now: () => number
}): MetricScraper {
  const { now } = options
  const usable = options.definitions.flatMap((definition) => {
    const { regex } = compile(definition)
    return regex ? [{ name: definition.Name, regex }] : []
  })
  const metrics = new Map(options.known.map((metric) => [metric.MetricName, metric]))
  const recalled = new Map<string, FinalMetric['Value']>()
  let dirty = false

  function note(metric: FinalMetric): void {
    metrics.set(metric.MetricName, metric)
    dirty = true
  }

  return {
    take(lines) {
      const Timestamp = now()
      for (const [MetricName, Value] of lastValues(lines, usable))
        note({ MetricName, Value, Timestamp })
    },
    recall(lines, { last }) {
      for (const [name, value] of lastValues(lines, usable)) recalled.set(name, value)
      // Before the last line they may be older than what is on record.
      if (!last) return
      const Timestamp = now()
      for (const [MetricName, Value] of recalled)
        if (metrics.get(MetricName)?.Value !== Value) note({ MetricName, Value, Timestamp })
      // Another host's log has its own last values.
      recalled.clear()
    },
    changed() {
      if (!dirty) return undefined
      dirty = false
      return [...metrics.values()]
    },
  }
}

function compile({ Regex }: MetricDefinition): { regex?: RegExp; fault?: string } {
  try {
    const regex = pythonRegex(Regex)
    return groupCount(regex) > 0 ? { regex } : { fault: 'its regex has no group to take as value' }
  } catch (error) {
    return { fault: `JavaScript cannot read its regex (${messageOf(error)})` }
  }
}

function lastValues(
  lines: readonly string[],
  definitions: readonly { name: string; regex: RegExp }[],
): Map<string, FinalMetric['Value']> {
  const found = new Map<string, FinalMetric['Value']>()
  for (const line of lines) {
    // Our own words are in no log of the service.
    if (line.startsWith(noticePrefix)) continue
    for (const { name, regex } of definitions) {
      for (const [, text] of line.matchAll(regex)) {
        const value = metricValue(text ?? '')
        if (value !== undefined) found.set(name, value)
      }
    }
  }
  return found
}

/**
 * A float as Python reads one, in the precision of the service's model (32 bits) and, where it is not
 * finite, in the spelling of its protocol.
 */
export function metricValue(text: string): FinalMetric['Value'] | undefined {
  const word = text.trim().toLowerCase()
  if (/^[-+]?nan$/.test(word)) return 'NaN'
  if (!/^[-+]?(?:(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|inf(?:inity)?)$/.test(word)) return undefined
  const value = Math.fround(Number(word.replace(/inf(inity)?$/, 'Infinity')))
  if (Number.isFinite(value)) return value
  return value > 0 ? 'Infinity' : '-Infinity'
}
