/** What the gate asks for and the rest of the pipeline cannot give it. */

import type { Finding } from './fault'
import { outOfReach, ownMetrics } from './own-metrics'
import type { Raw } from './raw'

/** What the prepared rows call their own columns. */
const reserved = ['text', 'labels', 'input_ids', 'attention_mask', 'token_type_ids']

export function checkGate(raw: Raw): Finding[] {
  return [
    ...checkSlices(raw),
    ...checkThresholds(raw),
    ...checkChampion(raw),
    ...checkApproval(raw),
  ]
}

function checkSlices(raw: Raw): Finding[] {
  const slices = raw.list('evaluate', 'slices')
  const isSaved = raw.text('dataset', 'format') === 'arrow'
  const taken = isSaved ? [] : [...reserved, raw.text('dataset', 'textColumn') ?? 'text']
  return slices.flatMap((column, index): Finding[] => {
    const path = ['evaluate', 'slices', index]
    if (slices.indexOf(column) < index) return [{ path, message: 'this column is given twice' }]
    if (typeof column !== 'string' || !taken.includes(column)) return []
    return [
      {
        path,
        message: 'the prepared rows have a column of this name already',
        hint: 'score by another column, or rename it in the data file',
      },
    ]
  })
}

function checkThresholds(raw: Raw): Finding[] {
  const known = ownMetrics(raw.text('evaluate', 'task'))
  return raw.entries('gate', 'thresholds').flatMap(([metric, limit]): Finding[] => {
    const path = ['gate', 'thresholds', metric]
    const { atLeast, atMost } = (typeof limit === 'object' ? (limit ?? {}) : {}) as {
      atLeast?: unknown
      atMost?: unknown
    }
    if (!raw.has('evaluate', 'entryPoint') && !known.includes(metric)) {
      const hint = `one of ${known.join(', ')}; or give an evaluate.entryPoint`
      return [{ path, at: 'key', message: 'not a metric that the evaluation writes', hint }]
    }
    const wrong = raw.has('evaluate', 'entryPoint')
      ? undefined
      : outOfReach(metric, typeof limit === 'number' ? limit : atLeast)
    if (wrong) return [{ path, ...wrong }]
    if (typeof limit === 'object' && atLeast === undefined && atMost === undefined)
      return [{ path, message: 'says nothing', hint: 'give atLeast or atMost' }]
    if (typeof atLeast === 'number' && typeof atMost === 'number' && atLeast > atMost)
      return [{ path, message: `nothing is at least ${atLeast} and at most ${atMost}` }]
    return []
  })
}

function checkChampion(raw: Raw): Finding[] {
  const findings: Finding[] = []
  for (const key of ['beatsChampionBy', 'noSliceWorseBy']) {
    if (raw.has('gate', key) && !raw.has('publish')) {
      findings.push({
        path: ['gate', key],
        at: 'key',
        message: 'needs publish: the champion is the model that was published last',
        hint: `add publish: { model: … }, or remove ${key}`,
      })
    }
  }
  if (raw.has('gate', 'sliceCorrection') && !raw.has('gate', 'noSliceWorseBy')) {
    findings.push({
      path: ['gate', 'sliceCorrection'],
      at: 'key',
      message: 'no slice is judged',
      hint: 'add noSliceWorseBy, or remove sliceCorrection',
    })
  }
  if (raw.has('gate', 'noSliceWorseBy') && raw.list('evaluate', 'slices').length === 0) {
    findings.push({
      path: ['gate', 'noSliceWorseBy'],
      at: 'key',
      message: 'there are no slices',
      hint: 'name columns in evaluate.slices',
    })
  }
  return findings
}

function checkApproval(raw: Raw): Finding[] {
  if (raw.text('gate', 'approval') === 'manual') return []
  return ['approvalTimeout', 'onApprovalTimeout']
    .filter((key) => raw.has('gate', key))
    .map((key): Finding => ({
      path: ['gate', key],
      at: 'key',
      message: 'nobody is asked for approval',
      hint: `add approval: manual, or remove ${key}`,
    }))
}
