import { basename } from 'node:path'

import { stringify } from 'yaml'

import type { ModelRecord } from './model-record'

/**
 * The card of a published model, as the Hugging Face Hub shows it: front matter for machines, then what
 * was trained on what, how well it does, and what it took. Pure: one record always gives the same card.
 *
 * Names and texts come from users and their data, so that each is escaped for where it stands.
 */
export function modelCard(record: ModelRecord): string {
  return [
    `---\n${stringify(frontMatter(record), { lineWidth: 0 })}---\n`,
    `# ${escaped(record.model)}\n`,
    `${intro(record)}\n`,
    '## Scores\n',
    `${scores(record)}\n`,
    '## Training\n',
    `${table(['', ''], trainingRows(record))}\n`,
    '## Provenance\n',
    `${table(['', ''], provenanceRows(record))}\n`,
    '## Files\n',
    table(
      ['file', 'bytes', 'sha256'],
      record.contents.map(({ path, size, sha256 }) => [code(path), count(size), code(sha256)]),
    ),
    '',
  ].join('\n')
}

/** `.eval_results/holdfast.yaml`; null when the data is no data set of the Hub, which it must name. */
export function evalResults(record: ModelRecord): string | null {
  const id = record.pipeline.publish?.dataset
  const { metric } = record.pipeline.evaluate
  const value = record.metrics[metric]
  if (id === undefined || value === undefined) return null
  const notes = `${metric} on ${record.rows} held-out rows`
  return stringify([{ dataset: { id, task_id: 'default' }, value, date: record.createdAt, notes }])
}

function frontMatter(record: ModelRecord): Record<string, unknown> {
  const { pipeline, revision } = record
  const { publish, model, preprocess, evaluate } = pipeline
  const task = evaluate.task ?? preprocess.task
  const dataset = publish?.dataset ?? basename(pipeline.dataset?.path ?? 'data')
  return {
    ...(publish?.license === undefined ? {} : { license: publish.license }),
    library_name: 'transformers',
    pipeline_tag: task,
    ...(model?.kind === 'hub' ? { base_model: model.id } : {}),
    ...(publish?.dataset === undefined ? {} : { datasets: [publish.dataset] }),
    metrics: Object.keys(finite(record.metrics)).map(metricType),
    tags: ['holdfast'],
    'model-index': [
      {
        name: record.model,
        results: [
          {
            task: { type: task },
            dataset: { name: dataset, type: dataset, split: 'test', revision: revision.data },
            metrics: Object.entries(finite(record.metrics)).map(([name, value]) => ({
              type: metricType(name),
              value,
              name,
            })),
          },
        ],
      },
    ],
  }
}

/** `eval_accuracy` is the Hub's `accuracy`. */
function metricType(name: string): string {
  return name.replace(/^eval_/, '')
}

function finite(metrics: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)))
}

function intro({ pipeline, rows, labels }: ModelRecord): string {
  const { model, dataset } = pipeline
  const base =
    model === undefined
      ? ''
      : ` from ${model.kind === 'hub' ? code(model.id) : code(basename(model.path))}`
  const data = dataset ? ` on ${code(basename(dataset.path))}` : ''
  return [
    `Trained${base}${data} by the Holdfast pipeline ${code(pipeline.name)}, and scored on ${count(rows)} rows that it never saw.`,
    ...(labels.length > 0 ? [`Labels: ${labels.map(code).join(', ')}.`] : []),
  ].join(' ')
}

interface Intervals {
  intervals?: Record<string, { low: number; high: number }>
  /** Of all intervals, 0 to 1. */
  level?: number
}

function scores({ metrics, evaluation, gate }: ModelRecord): string {
  const { intervals = {}, level } = evaluation as Intervals
  const rows = Object.entries(finite(metrics)).map(([name, value]) => {
    const range = intervals[name]
    return [
      code(name),
      value.toFixed(4),
      range ? `${range.low.toFixed(4)} to ${range.high.toFixed(4)}` : '',
    ]
  })
  const interval =
    level === undefined ? 'interval' : `${Number((level * 100).toFixed(1))} % interval`
  const reasons = (gate?.reasons ?? []).map((reason) => `- ${escaped(reason)}`)
  return [
    table(['metric', 'value', interval], rows),
    ...(reasons.length > 0 ? ['', 'What the gate found:', '', ...reasons] : []),
  ].join('\n')
}

function trainingRows({ training, images, pipeline }: ModelRecord): string[][] {
  const { attempts, interruptions, trainedSeconds, billedSeconds, costUsd } = training
  const machines = attempts.map(({ placement: { instanceType, useSpotInstances, region } }) => {
    const place = region === undefined ? '' : ` in ${region}`
    return `${instanceType}${useSpotInstances ? ' (spot)' : ''}${place}`
  })
  return [
    ['jobs', attempts.map(({ jobName }) => code(jobName)).join(', ')],
    ['machines', [...new Set(machines)].map(escaped).join(', ')],
    ['trained', `${count(trainedSeconds)} s`],
    ['billed', `${count(billedSeconds)} s`],
    [
      'cost',
      costUsd === null
        ? 'not known'
        : `${costUsd.toFixed(2)} US dollars at the on-demand price of the billed seconds`,
    ],
    ['interruptions survived', count(interruptions)],
    ['image', code(images.training)],
    [
      'hyperparameters',
      Object.entries(pipeline.train.hyperparameters)
        .map(([name, value]) => code(`${name}=${JSON.stringify(value)}`))
        .join(' '),
    ],
  ]
}

function provenanceRows(record: ModelRecord): string[][] {
  const { revision, run, files, createdAt } = record
  return [
    ['run', code(run)],
    ['published', createdAt],
    ['data', code(revision.data)],
    ['base model', code(revision.model)],
    ['code', code(revision.code)],
    ...(revision.commit === undefined ? [] : [['commit', code(revision.commit)]]),
    ['config', code(revision.config)],
    ...files.map(({ path, sha256 }) => [escaped(path), code(sha256)]),
  ]
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}

/** On one line, with nothing left that Markdown or HTML would read. */
function escaped(text: string): string {
  return oneLine(text).replace(/[\\`*_{}[\]()#+!|<>&~$]/g, (found) => `\\${found}`)
}

/** A code span that its own text cannot end; a table's bar is escaped even there. */
function code(text: string): string {
  const plain = oneLine(text).replaceAll('`', '’').replaceAll('|', '\\|')
  return plain === '' ? '' : `\`${plain}\``
}

function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim()
}
