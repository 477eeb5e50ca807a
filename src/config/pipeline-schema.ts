/**
 * The schema of pipeline.yaml: the one source of its types, defaults, checks of single values, and
 * of the JSON Schema that editors read. What needs two values or the disk is in check-*.ts.
 */

import { z } from 'zod'
import { duration, nameOf, refusal, text } from './schema-parts'
import { dataset, preprocess } from './schema/dataset'
import { feeds } from './schema/feeds'
import { gate } from './schema/gate'
import { publish } from './schema/publish'
import { schedule } from './schema/schedule'
import { serviceInstanceType } from './schema/service-values'
import { tags } from './schema/tags'
import { train } from './schema/train'

const bootstrap = z
  .strictObject({
    resamples: z
      .int()
      .min(100)
      .max(100_000)
      .optional()
      .describe('How often the rows are drawn again. Default: 1000.'),
    confidence: z
      .number()
      .gt(0.5)
      .lt(1)
      .optional()
      .describe('Of the intervals, between 0.5 and 1. Default: 0.95.'),
    seed: z
      .int()
      .min(0)
      .max(2 ** 32 - 1)
      .optional()
      .describe('Of the draws. Default: 0.'),
  })
  .optional()
  .describe('How the intervals are made, by which the gate tells a difference from chance.')

const evaluate = z
  .strictObject({
    task: z
      .enum(['text-classification', 'token-classification', 'text-generation'])
      .optional()
      .describe(
        "What the model is scored as. Default: what its architecture says. Rows for the last two are the user's own.",
      ),
    metric: text('The metric that the gate reads.').default('eval_accuracy'),
    atLeast: z
      .number()
      .optional()
      .describe('The gate: the metric must reach this to be published.'),
    slices: z
      .array(text('A column of the data file.'))
      .min(1)
      .max(5)
      .optional()
      .describe('Columns of the data file by whose values the held-out rows are scored too.'),
    bootstrap,
    entryPoint: text("A script to run instead of Holdfast's own evaluate.py.").optional(),
    instanceType: serviceInstanceType(
      'ProcessingInstanceType',
      "Default: the training's.",
    ).optional(),
    maxRun: duration('Longest time of the evaluation.').prefault('1h'),
  })
  .prefault({})
  .describe('Scores the trained model on the held-out rows.')

const storage = z
  .strictObject({
    bucket: z
      .string()
      .regex(
        /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
        refusal('not a bucket name', 'write it without s3:// and without a path'),
      )
      .optional()
      .describe('Default: sagemaker-{region}-{account}.'),
    prefix: z
      .string()
      .max(256)
      .regex(
        /^[^/\s]+(\/[^/\s]+)*$/,
        refusal('not a key prefix', 'no slash at either end, no spaces'),
      )
      .default('holdfast')
      .describe('Key prefix below which everything lies.'),
  })
  .prefault({})
  .describe('Where data, code, checkpoints and models are kept.')

export const pipelineSchema = z
  .strictObject({
    $schema: z.string().optional().describe('The JSON Schema of this file, for editors.'),
    name: nameOf('Name of the pipeline: lower-case letters, digits and hyphens.'),
    dataset: dataset.optional(),
    model: text(
      'A Hugging Face Hub id (id@revision to pin it), a local directory, or an s3:// prefix. Required with a dataset.',
    ).optional(),
    preprocess,
    train,
    evaluate,
    gate: gate.optional(),
    schedule,
    publish,
    feeds,
    storage,
    tags: tags('Tags on every AWS resource that is created.').default({}),
  })
  .meta({ title: 'Holdfast pipeline', description: 'A Holdfast pipeline: pipeline.yaml.' })

/** What a user writes. */
export type PipelineInput = z.input<typeof pipelineSchema>
/** The same with defaults filled in and durations in seconds. */
export type PipelineConfig = z.output<typeof pipelineSchema>
