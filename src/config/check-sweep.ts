/** What a sweep file says as a whole, and against the pipeline that it names. Pure. */

import { varyingParameters } from '../sweep/propose'
import type { SearchParameter } from '../sweep/resolved-sweep'
import { maxSobolDimensions } from '../sweep/sobol'
import { distinctPoints, gridSize, maxParallel, maxTrials } from '../sweep/space-size'
import { mostHyperparameters } from './check-consistency'
import { didYouMean } from './did-you-mean'
import type { Finding } from './fault'
import { trainerMetricDefinitions } from './metric-definitions'
import type { Raw } from './raw'
import type { ReadParameters } from './read-parameters'

export interface SweepChecks {
  findings: Finding[]
  warnings: string[]
  /** Trials in all; absent when it cannot be told. */
  runCap?: number
}

/** Bytes: the sweep keeps the records of 25 trials in its memo, which Temporal limits to 2 MiB. */
const mostBytes = 40_000

/** `pipeline` is what the pipeline file says, sane or not; absent when there is none to be read. */
export function checkSweep({
  raw,
  pipeline,
  read,
}: {
  raw: Raw
  pipeline: Raw | undefined
  read: ReadParameters
}): SweepChecks {
  const cap = checkCap(raw, read)
  return {
    findings: [
      ...checkMetric(raw, pipeline),
      ...checkNames(raw, pipeline),
      ...read.findings,
      ...checkSpace(raw, read),
      ...cap.findings,
    ],
    warnings: [...cap.warnings, ...oddities(raw)],
    ...(cap.runCap === undefined ? {} : { runCap: cap.runCap }),
  }
}

/** Sentences about a sweep and a pipeline that are sane each by itself. */
export function pairWarnings({
  raw,
  pipeline,
}: {
  raw: Raw
  pipeline: { dataset?: { split: { validation?: number }; format?: string }; publish?: unknown }
}): string[] {
  const warnings: string[] = []
  const { dataset } = pipeline
  if (dataset && dataset.format !== 'arrow' && dataset.split.validation === undefined) {
    warnings.push(
      'the pipeline has no dataset.split.validation: trials are compared on the very rows that the gate scores, so the score of the best is flattered',
    )
  }
  if (raw.value('publishBest') !== false && pipeline.publish === undefined) {
    warnings.push(
      'publishBest is true, but the pipeline has no publish: the best trial is evaluated and gated, and published nowhere',
    )
  }
  return warnings
}

function checkMetric(raw: Raw, pipeline: Raw | undefined): Finding[] {
  const name = raw.text('metric', 'name')
  if (name === undefined || pipeline === undefined) return []
  const own = pipeline.value('train', 'metricDefinitions')
  if (own !== undefined && !Array.isArray(own)) return []
  const names = (own ?? trainerMetricDefinitions).flatMap((definition: unknown) => {
    const found = (definition as { Name?: unknown } | null)?.Name
    return typeof found === 'string' ? [found] : []
  })
  if (names.includes(name)) return []
  const near = names.includes(`eval_${name}`) ? `eval_${name}` : didYouMean(name, names)
  const start = near ? `did you mean "${near}"? ` : ''
  const list = names.length > 0 ? names.join(', ') : 'none'
  return [
    {
      path: ['metric', 'name'],
      message: "none of the pipeline's metric definitions",
      hint: `${start}They are: ${list}; an entry of train.metricDefinitions adds one`,
    },
  ]
}

function checkNames(raw: Raw, pipeline: Raw | undefined): Finding[] {
  const names = raw.entries('parameters').map(([name]) => name)
  const findings = names
    .filter((name) => /^sagemaker_/i.test(name))
    .map((name): Finding => ({
      path: ['parameters', name],
      at: 'key',
      message: 'names that start with sagemaker_ are reserved by SageMaker',
      hint: 'the script reads its own hyperparameters by other names',
    }))
  const shared = (pipeline?.entries('train', 'hyperparameters') ?? []).map(([name]) => name)
  const all = new Set([...names, ...shared]).size
  if (all > mostHyperparameters) {
    findings.push({
      path: ['parameters'],
      at: 'key',
      message: `${all} hyperparameters with those of the pipeline; SageMaker takes ${mostHyperparameters}`,
    })
  }
  return findings
}

function checkSpace(raw: Raw, { parameters, complete }: ReadParameters): Finding[] {
  const path = ['parameters']
  const written = raw.value('parameters')
  if (typeof written !== 'object' || written === null || Array.isArray(written)) return []
  if (raw.entries('parameters').length === 0) {
    return [
      { path, message: 'no parameters', hint: 'such as learning_rate: { values: [1e-5, 1e-4] }' },
    ]
  }
  if (!complete) return []
  const varying = varyingParameters(parameters).length
  if (varying === 0) {
    return [
      {
        path,
        at: 'key',
        message: 'nothing varies: all trials would be the same',
        hint: 'give one of them values, or min and max; holdfast run trains a single model',
      },
    ]
  }
  if (raw.value('method') === 'sobol' && varying > maxSobolDimensions) {
    return [
      {
        path: ['method'],
        message: `${varying} parameters vary; sobol has ${maxSobolDimensions} dimensions`,
        hint: 'use random, or fix some of them',
      },
    ]
  }
  const bytes = widestTrial(parameters)
  if (bytes > mostBytes) {
    return [
      {
        path,
        at: 'key',
        message: `the hyperparameters of a trial may take ${bytes} bytes; at most ${mostBytes}`,
        hint: 'let the script know long values by short names',
      },
    ]
  }
  return []
}

/** Bytes of JSON that the hyperparameters of one trial can take at most. */
function widestTrial(parameters: SearchParameter[]): number {
  const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value))
  return parameters.reduce((sum, { name, distribution }) => {
    // A number as a marked float: 24 characters and the mark.
    let longest = 40
    if (distribution.kind === 'constant') longest = bytesOf(distribution.value)
    if (distribution.kind === 'categorical') longest = Math.max(...distribution.values.map(bytesOf))
    return sum + bytesOf(name) + longest + 2
  }, 2)
}

/** A whole number within the limits that the schema has; undefined otherwise. */
function countAt(raw: Raw, key: string, most: number): number | undefined {
  const value = raw.value(key)
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most
    ? Number(value)
    : undefined
}

function checkCap(raw: Raw, { parameters, complete }: ReadParameters): SweepChecks {
  const method = raw.value('method')
  const written = countAt(raw, 'runCap', maxTrials)
  const findings: Finding[] = []
  const warnings: string[] = []
  let runCap = written
  if (method === 'grid' && complete && parameters.length > 0) {
    const size = gridSize(parameters)
    if (size === null) findings.push(uncountable(parameters))
    else if (written !== undefined && written > size) {
      warnings.push(`runCap is ${written}, but the grid has ${points(size)}: ${size} will run`)
    } else if (!raw.has('runCap') && size > maxTrials) {
      findings.push({
        path: ['parameters'],
        at: 'key',
        message: `a grid of ${size >= Number.MAX_SAFE_INTEGER ? 'more than 9e15' : size} points`,
        hint: `runCap takes the first of them, at most ${maxTrials}; or use method: random`,
      })
    }
    if (size !== null && !raw.has('runCap') && size <= maxTrials) runCap = size
    if (size !== null && written !== undefined) runCap = Math.min(written, size)
  }
  if (method === 'random' || method === 'sobol') {
    if (!raw.has('runCap')) {
      findings.push({
        path: ['runCap'],
        at: 'key',
        message: `required for ${method}, but missing`,
        hint: 'how many trials there shall be, such as 20',
      })
    }
    const distinct = complete ? distinctPoints(parameters) : null
    if (written !== undefined && distinct !== null && written > distinct) {
      warnings.push(
        `runCap is ${written}, but there are only ${distinct} different points: some trials will repeat others; method: grid tries each once`,
      )
    }
  }
  const parallel = countAt(raw, 'parallel', maxParallel)
  if (parallel !== undefined && runCap !== undefined && parallel > runCap) {
    findings.push({
      path: ['parallel'],
      message: `more than there are trials (${parallel} > ${runCap})`,
      hint: `at most ${runCap}`,
    })
  }
  return { findings, warnings, ...(runCap === undefined ? {} : { runCap }) }
}

function uncountable(parameters: SearchParameter[]): Finding {
  const parameter = parameters.find((each) => gridSize([{ ...each, when: {} }]) === null)
  return {
    path: ['parameters', parameter?.name ?? ''],
    at: 'key',
    message: `a grid has no end over ${parameter?.distribution.kind ?? 'it'}`,
    hint: 'list values, use int_uniform or q_uniform, or method: random',
  }
}

function points(count: number): string {
  return count === 1 ? '1 point' : `${count} points`
}

/** Allowed, and rarely meant. */
function oddities(raw: Raw): string[] {
  const warnings: string[] = []
  const metric = raw.text('metric', 'name') ?? ''
  const goal = raw.value('metric', 'goal')
  const loss = /(^|_)(loss|error|perplexity)$/i.test(metric)
  const score = /(^|_)(accuracy|f1|precision|recall|auc|bleu)$/i.test(metric)
  if ((loss && goal === 'maximize') || (score && goal === 'minimize')) {
    warnings.push(`metric.goal is ${goal}, and ${metric} sounds like the opposite is better`)
  }
  for (const [name] of raw.entries('parameters')) {
    const values = [
      raw.value('parameters', name, 'value'),
      ...raw.list('parameters', name, 'values'),
    ]
    const text = values.find(looksLikeNumber)
    if (text !== undefined) {
      warnings.push(
        `parameters.${name} has the text "${text}"; remove the quotes if a number is meant`,
      )
    }
    if (raw.value('method') === 'grid' && raw.has('parameters', name, 'probabilities')) {
      warnings.push(`parameters.${name}.probabilities have no meaning for a grid`)
    }
  }
  return warnings
}

function looksLikeNumber(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length < 40 &&
    value.trim() !== '' &&
    Number.isFinite(Number(value))
  )
}
