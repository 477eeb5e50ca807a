/** What the keys of transform.yaml mean together: contradictions, and input that is not there. Pure but for a look at the disk. */

import { checkServingModel } from './check-serving-model'
import type { Finding } from './fault'
import { isS3, kindOf, locate } from './locations'
import type { Base } from './locations'
import type { Raw } from './raw'

export function checkTransform(raw: Raw, base: Base): Finding[] {
  return [...checkServingModel(raw), ...checkData(raw, base), ...checkRecords(raw)]
}

function checkData(raw: Raw, base: Base): Finding[] {
  const data = raw.text('transform', 'data')
  if (data === undefined || isS3(data)) return []
  const place = locate(data, base)
  const kind = kindOf(place)
  if (kind === 'file' || kind === 'directory') return []
  const message = `no such file or directory: ${place}`
  return [{ path: ['transform', 'data'], message, hint: 'relative to this file, or s3://…' }]
}

/** Several records in a request, and records beside their answers, need records. */
function checkRecords(raw: Raw): Finding[] {
  const split = raw.text('transform', 'splitType') ?? 'None'
  const findings: Finding[] = []
  if (raw.text('transform', 'strategy') === 'MultiRecord' && split === 'None') {
    const message = 'several records in a request, and a whole object is one record'
    findings.push({
      path: ['transform', 'strategy'],
      message,
      hint: 'set splitType, such as Line, or remove strategy',
    })
  }
  const joins = raw.text('transform', 'joinSource') === 'Input'
  const lines = raw.text('transform', 'assembleWith') === 'Line'
  if (joins && split === 'Line' && !lines) {
    const message = 'records and answers would run together'
    findings.push({
      path: ['transform', 'joinSource'],
      message,
      hint: 'set assembleWith: Line',
    })
  }
  return findings
}
