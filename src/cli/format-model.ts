/** `holdfast models show` for people. */

import type { ShownModel } from '../client'
import { describeRows } from '../dataset/describe-rows'
import { formatDuration } from '../duration'
import type { Lineage } from '../lineage/lineage'
import type { ChampionState, ModelRef } from '../models/champion'
import { cleanLine } from './clean-text'
import type { Colors } from './colors'
import { formatMetrics, formatNumber, orderMetrics } from './format-metric'
import { formatTable } from './format-table'

export function formatModel(shown: ShownModel, colors: Colors): string[] {
  const { lineage } = shown
  const sections = [
    [`${colors.bold(lineage.name)}  ${standing(shown)}`],
    facts('MADE FROM', madeFrom(lineage), colors),
    facts('BY', madeBy(lineage), colors),
    scores(lineage, colors),
    gate(shown, colors),
    facts('FILES', fileRows(lineage), colors),
    facts('SERVED BY', served(shown), colors),
    champions(shown.champion, colors),
  ]
  return sections
    .filter((lines) => lines.length > 0)
    .flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]))
}

function standing({ isChampion, champion, approval }: ShownModel): string {
  if (isChampion === null) return `${approval.status}, and the model keeps no champion yet`
  if (isChampion) return `the champion, ${approval.status}`
  return `${approval.status}; the champion is version ${champion?.champion.packageVersion ?? '-'}`
}

type Row = [string, string | null]

/** Rows of what is known; what an earlier version did not record is left out. */
function facts(title: string, rows: Row[], colors: Colors): string[] {
  const known = rows.flatMap(([name, value]) =>
    value === null || value === '' ? [] : [[`  ${name}`, cleanLine(value)]],
  )
  return known.length === 0 ? [] : [colors.dim(title), ...formatTable(known)]
}

function madeFrom({ pipeline, data, code, baseModel, images, revision }: Lineage): Row[] {
  return [
    ['pipeline', pipeline.name],
    ['data', pipeline.dataset?.path ?? null],
    ['dataset', data.key],
    ['rows', data.rows && describeRows(data.rows)],
    ['source', revision?.data ?? null],
    ['code', code.sha256 ?? code.uri],
    ['git commit', code.commit],
    ['entry point', pipeline.train.entryPoint],
    ['base model', baseModel.source],
    ['revision', baseModel.revision],
    ['image', images.training],
  ]
}

function madeBy({ run, outcome, training, createdAt }: Lineage): Row[] {
  const { attempts, report } = training
  const interruptions = attempts.reduce((total, attempt) => total + attempt.interruptions, 0)
  const last = attempts.at(-1)
  return [
    ['run', outcome === null || outcome === 'completed' ? run : `${run} (${outcome})`],
    ['recorded', createdAt],
    ['attempts', attempts.length > 0 ? String(attempts.length) : null],
    ['interruptions', attempts.length > 0 ? String(interruptions) : null],
    ['instance', last?.placement.instanceType ?? null],
    ['trained', report.trainedSeconds > 0 ? formatDuration(report.trainedSeconds) : null],
    ['billed', report.billedSeconds > 0 ? formatDuration(report.billedSeconds) : null],
    ['cost', report.costUsd === null ? null : `${report.costUsd.toFixed(2)} USD`],
  ]
}

function scores({ evaluation }: Lineage, colors: Colors): string[] {
  const rows = orderMetrics(evaluation.metrics).map(([name, value]) => {
    const interval = evaluation.intervals[name]
    const range = interval ? `${formatNumber(interval.low)} to ${formatNumber(interval.high)}` : ''
    return [`  ${name}`, formatNumber(value), range]
  })
  if (rows.length === 0) return []
  const on = evaluation.rows === null ? '' : ` on ${evaluation.rows} held-out rows`
  return [`${colors.dim('SCORES')}${on}`, ...formatTable(rows)]
}

function gate({ lineage, approval }: ShownModel, colors: Colors): string[] {
  const verdict = lineage.gate
  const reasons = verdict?.reasons.map((reason) => `  ${cleanLine(reason)}`) ?? []
  const asked = verdict?.approval
  const decided = asked
    ? [
        `  ${asked.state} by ${cleanLine(asked.by ?? 'nobody in time')}${asked.why === undefined ? '' : `: ${cleanLine(asked.why)}`}`,
      ]
    : []
  const said = approval.description === null ? [] : [`  ${cleanLine(approval.description)}`]
  if (verdict === null && said.length === 0) return []
  const how = verdict === null ? '' : verdict.passed ? ' passed' : ' rejected'
  return [`${colors.dim('GATE')}${how}`, ...reasons, ...decided, ...said]
}

function fileRows({ files, artifact }: Lineage): Row[] {
  const rows = files.map(({ path, size, sha256 }): Row => [
    path,
    `${sha256}  ${size.toLocaleString('en')} bytes`,
  ])
  return artifact ? [...rows, ['at', artifact.uri]] : rows
}

function served({ endpoints, allEndpoints }: ShownModel): Row[] {
  const rows = (endpoints ?? []).map((name): Row => [name, 'endpoint'])
  return allEndpoints ? rows : [...rows, ['…', 'only the newest endpoints were looked at']]
}

function champions(state: ChampionState | null, colors: Colors): string[] {
  if (state === null) return []
  const line = (ref: ModelRef, note: string) => [
    `  ${ref.packageVersion}`,
    formatMetrics(ref.metrics, 2),
    ref.run,
    ref.publishedAt.slice(0, 10),
    cleanLine(note),
  ]
  const why = state.why === undefined ? '' : `: ${state.why}`
  const rows = [
    line(state.champion, `since ${state.movedAt.slice(0, 19)}Z, by ${state.movedBy}${why}`),
    ...state.previous.slice(0, 9).map((ref) => line(ref, '')),
  ]
  const older = state.previous.length - 9
  return [
    colors.dim('CHAMPIONS'),
    ...formatTable(rows),
    ...(older > 0 ? [`  and ${older} before`] : []),
  ]
}
