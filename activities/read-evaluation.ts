import { z } from 'zod'

import { joinUri } from '../src/aws/s3-uri'
import { HoldfastError } from '../src/errors'
import type { Evaluation, SliceScore } from '../src/gate'
import { storageOf, type Dependencies } from './dependencies'

/** More would swell the run's history; the file itself may hold them. */
const mostSlices = 200
/** Characters of a slice's value that are shown. */
const longestValue = 100

/** What is no number is ignored, so that a script may report what it likes. */
const metrics = z
  .record(z.string(), z.unknown())
  .transform((all) =>
    Object.fromEntries(
      Object.entries(all).filter((entry): entry is [string, number] => isNumber(entry[1])),
    ),
  )
const interval = z
  .looseObject({ low: z.number(), high: z.number() })
  .refine(({ low, high }) => low <= high, 'low is above high')
const difference = z
  .looseObject({ difference: z.number(), low: z.number(), high: z.number() })
  .refine(({ low, high }) => low <= high, 'low is above high')
const paired = z.record(z.string(), difference)

/** The contract of docs/evaluation.md; more fields are allowed everywhere. */
const report = z.looseObject({
  metrics: metrics.prefault({}),
  rows: z.number(),
  artifact: z.looseObject({ sha256: z.string() }),
  labels: z.array(z.unknown()).optional(),
  intervals: z.record(z.string(), interval).optional(),
  bootstrap: z.looseObject({ level: z.number().gt(0).lt(1).optional() }).optional(),
  slices: z
    .array(
      z.looseObject({
        column: z.string(),
        value: z.string(),
        rows: z.number(),
        metrics,
        intervals: z.record(z.string(), interval).optional(),
        paired: paired.optional(),
      }),
    )
    .max(mostSlices, `more than ${mostSlices} slices`)
    .optional(),
  latency: z
    .looseObject({
      p95Ms: z.number().nonnegative(),
      medianMs: z.number().nonnegative().optional(),
      instance: z.string().max(100).optional(),
    })
    .optional(),
  champion: z
    .looseObject({
      sha256: z.string(),
      metrics: metrics.optional(),
      paired: paired.optional(),
      unscored: z.string().optional(),
    })
    .optional(),
})

type Report = z.output<typeof report>

/** Reads and checks the `metrics.json` that the evaluation job wrote; of slices the gate's metric is kept. */
export async function readEvaluation(
  deps: Dependencies,
  { outputUri, metric }: { outputUri: string; metric?: string },
): Promise<Evaluation> {
  const uri = joinUri(outputUri, 'metrics.json')
  const bytes = await (await storageOf(deps)).readIfThere(uri)
  if (bytes === null) throw unusable(uri, 'the evaluation job wrote no metrics.json')
  let json: unknown
  try {
    json = JSON.parse(bytes.toString('utf8'))
  } catch (cause) {
    throw unusable(uri, 'metrics.json is not JSON', cause)
  }
  const parsed = report.safeParse(json)
  if (parsed.success) return evaluationOf(parsed.data, metric)
  const faults = parsed.error.issues.slice(0, 5).map(({ path, message }) => {
    const place = path.join('.')
    return place === '' ? message : `\`${place}\`: ${message}`
  })
  throw unusable(uri, `metrics.json breaks the contract: ${faults.join('; ')}`)
}

function evaluationOf(read: Report, metric: string | undefined): Evaluation {
  const { labels = [], intervals, bootstrap, slices, latency, champion } = read
  return {
    metrics: read.metrics,
    rows: read.rows,
    labels: labels.map(String),
    artifactSha256: read.artifact.sha256,
    ...(intervals && { intervals: mapped(intervals, intervalIn) }),
    ...(bootstrap?.level !== undefined && { level: bootstrap.level }),
    ...(slices && slices.length > 0 && { slices: slices.map((each) => sliceIn(each, metric)) }),
    ...(latency && { latency: latencyIn(latency) }),
    ...(champion && { champion: championIn(champion) }),
  }
}

function sliceIn(slice: NonNullable<Report['slices']>[number], metric?: string): SliceScore {
  const { column, value, rows, metrics, intervals, paired } = slice
  const ofMetric = <Value>(all: Record<string, Value>) =>
    Object.fromEntries(Object.entries(all).filter(([name]) => name === (metric ?? name)))
  return {
    column,
    value: value.slice(0, longestValue),
    rows,
    metrics: ofMetric(metrics),
    ...(intervals && { intervals: mapped(ofMetric(intervals), intervalIn) }),
    ...(paired && { paired: mapped(ofMetric(paired), differenceIn) }),
  }
}

function latencyIn({ p95Ms, medianMs, instance }: NonNullable<Report['latency']>) {
  return {
    p95Ms,
    ...(medianMs !== undefined && { medianMs }),
    ...(instance !== undefined && { instance }),
  }
}

function championIn({ sha256, metrics, paired, unscored }: NonNullable<Report['champion']>) {
  return {
    sha256,
    ...(metrics && { metrics }),
    ...(paired && { paired: mapped(paired, differenceIn) }),
    ...(unscored !== undefined && { unscored: unscored.slice(0, 500) }),
  }
}

const intervalIn = ({ low, high }: z.output<typeof interval>) => ({ low, high })
const differenceIn = ({ difference: by, low, high }: z.output<typeof difference>) => ({
  ...{ difference: by, low, high },
})

function mapped<From, To>(all: Record<string, From>, to: (from: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, to(value)]))
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number'
}

function unusable(where: string, what: string, cause?: unknown): HoldfastError {
  return new HoldfastError({
    code: 'E_EVALUATION_UNREADABLE',
    what,
    where,
    hint: 'evaluate.py must follow the contract in docs/evaluation.md',
    cause,
  })
}
