import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'

import { packageRoot } from '../../../src/package-root'

/** What a test changes about the quick pipeline. */
export interface QuickPipeline {
  /** Also the name of the published model, so that each pipeline publishes versions of its own. */
  name: string
  steps?: number
  stepSeconds?: number
  saveSteps?: number
  /** Seconds that a checkpoint must be old before those below it are deleted; the helper's own unless given. */
  syncMargin?: number
  /** The script stands at a step, before it is saved, until a file is there: `{ 12: '/a/file' }`. */
  holds?: Record<number, string>
  /** The script raises at this step. */
  failAtStep?: number
  /** What the evaluation will find. */
  accuracy?: number
  atLeast?: number
  /** The word that an endpoint of its model answers. */
  serves?: string
  /** Default: one on spot. */
  placements?: { instanceType: string; useSpotInstances: boolean; region?: string }[]
  /** Rows of the data, 100 by default. */
  rows?: number
  /** The rows name their shop, a or b, and are scored by it. */
  byShop?: boolean
  /** Milliseconds that a row takes, as the evaluation will find. */
  latencyMs?: number
  /** By how much less accurate it is in shop b. */
  lessInB?: number
  /** Laid over the config's `train`. */
  train?: Record<string, unknown>
  /** Laid over the config's top level. */
  more?: Record<string, unknown>
}

/** A pipeline of the quick fixture in a folder of its own; returns the path of its pipeline.yaml. */
export function writeQuickPipeline({
  folder,
  pipeline,
}: {
  folder: string
  pipeline: QuickPipeline
}): string {
  const fixture = join(packageRoot(), 'test', 'fixtures', 'quick')
  cpSync(fixture, folder, { recursive: true })
  writeFileSync(join(folder, 'reviews.csv'), quickData(pipeline.rows ?? 100, pipeline.byShop))
  const file = join(folder, 'pipeline.yaml')
  writeFileSync(file, stringify(quickConfig(pipeline)))
  return file
}

/** Labelled texts; each names itself, so that rows can be counted and told apart. */
export function quickData(rows: number, byShop = false): string {
  const lines = Array.from({ length: rows }, (_, row) =>
    row % 2 === 0 ? `review ${row}: a good film,1` : `review ${row}: the plot was dull,0`,
  )
  if (!byShop) return ['text,label', ...lines, ''].join('\n')
  const shops = lines.map((line, row) => `${line},${row % 4 < 2 ? 'a' : 'b'}`)
  return ['text,label,shop', ...shops, ''].join('\n')
}

export function quickConfig(pipeline: QuickPipeline): Record<string, unknown> {
  const {
    name,
    steps = 20,
    stepSeconds = 0.05,
    saveSteps = 4,
    holds,
    failAtStep,
    accuracy,
    syncMargin,
    latencyMs,
    lessInB,
    serves,
  } = pipeline
  const placements = pipeline.placements ?? [
    { instanceType: 'ml.g5.xlarge', useSpotInstances: true },
  ]
  return {
    name,
    dataset: { path: './reviews.csv', split: { test: 0.2, seed: 7 } },
    model: './model',
    preprocess: { maxLength: 16 },
    train: {
      entryPoint: 'train.py',
      sourceDir: './code',
      dependencies: [join(packageRoot(), 'training', 'holdfast_checkpoint.py')],
      transformersVersion: '4.56',
      pytorchVersion: '2.8',
      pyVersion: 'py312',
      placements,
      maxRun: '10m',
      ...(placements.some(({ useSpotInstances }) => useSpotInstances) ? { maxWait: '20m' } : {}),
      hyperparameters: {
        steps,
        step_seconds: stepSeconds,
        save_steps: saveSteps,
        ...(syncMargin === undefined ? {} : { sync_margin: syncMargin }),
        ...(holds === undefined ? {} : { holds: holdsText(holds) }),
        ...(failAtStep === undefined ? {} : { fail_at_step: failAtStep }),
        ...(accuracy === undefined ? {} : { accuracy }),
        ...(latencyMs === undefined ? {} : { latency_ms: latencyMs }),
        ...(lessInB === undefined ? {} : { less_in_b: lessInB }),
        ...(serves === undefined ? {} : { serves }),
      },
      ...pipeline.train,
    },
    evaluate: {
      metric: 'eval_accuracy',
      atLeast: pipeline.atLeast ?? 0.9,
      entryPoint: './evaluate.py',
      maxRun: '10m',
      ...(pipeline.byShop ? { slices: ['shop'] } : {}),
    },
    publish: { model: name },
    ...pipeline.more,
  }
}

const holdsText = (holds: Record<number, string>): string =>
  Object.entries(holds)
    .map(([step, file]) => `${step}=${file}`)
    .join(',')
