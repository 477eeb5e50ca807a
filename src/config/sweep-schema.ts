/**
 * The schema of sweep.yaml, as pipeline-schema.ts is that of pipeline.yaml. What a parameter's keys
 * mean together is in read-distribution.ts; what the file says as a whole in check-sweep.ts.
 */

import { z } from 'zod'
import { maxParallel, maxTrials } from '../sweep/space-size'
import { markedFloat } from '../estimator/python-json'
import type { PythonFloat } from './resolved-pipeline'
import { instanceType, nameOf } from './schema-parts'

/** Whether a limit was written as 1 or as 1.0 decides between whole numbers and floats. */
const limit = (about: string) =>
  z
    .custom<number | PythonFloat>()
    .superRefine((value, context) => {
      if (typeof value !== 'number' && markedFloat(value) === undefined)
        context.addIssue({ code: 'invalid_type', expected: 'number', input: value })
    })
    .meta({ type: 'number', description: about })
    .optional()

export const distributionNames = [
  'constant',
  'categorical',
  'int_uniform',
  'int_log_uniform',
  'uniform',
  'q_uniform',
  'log_uniform_values',
  'q_log_uniform_values',
  'inv_log_uniform_values',
  'normal',
  'q_normal',
  'log_normal',
  'q_log_normal',
] as const

const parameter = z
  .strictObject({
    value: z.json().optional().describe('The only value: a constant.'),
    values: z.array(z.json()).min(1).optional().describe('The values to choose from.'),
    probabilities: z
      .array(z.number().gt(0).lte(1))
      .optional()
      .describe('One for each of values, together 1. Default: all alike.'),
    distribution: z
      .enum(distributionNames)
      .optional()
      .describe(
        'Default: from the other keys. value: constant; values: categorical; min and max: int_uniform when both are whole numbers, else uniform.',
      ),
    min: limit('Least value, itself included.'),
    max: limit('Greatest value, itself included.'),
    q: z.number().gt(0).optional().describe('Of the q_ ones: multiples of it. Default: 1.'),
    mu: z.number().optional().describe('Of the normal ones: the mean. Default: 0.'),
    sigma: z
      .number()
      .gt(0)
      .optional()
      .describe('Of the normal ones: the standard deviation. Default: 1.'),
    when: z
      .record(z.string(), z.json())
      .optional()
      .describe('Only where each of these earlier parameters has that value, or one of that list.'),
  })
  .describe("One hyperparameter, in the words of W&B's sweeps.")

export const sweepSchema = z
  .strictObject({
    $schema: z.string().optional().describe('The JSON Schema of this file, for editors.'),
    name: nameOf('Name of the sweep: lower-case letters, digits and hyphens.'),
    pipeline: z
      .string()
      .min(1, 'must not be empty')
      .describe('The pipeline file that trials are made of, relative to this file.'),
    method: z
      .enum(['grid', 'random', 'sobol'])
      .describe(
        'grid: every combination. random: independent draws. sobol: draws that fill the space evenly.',
      ),
    seed: z
      .int()
      .min(0)
      .max(2 ** 32 - 1)
      .default(0)
      .describe('Seed of random and sobol: the same seed gives the same trials.'),
    metric: z
      .strictObject({
        name: z
          .string()
          .min(1, 'must not be empty')
          .describe("Name of one of the pipeline's train.metricDefinitions."),
        goal: z.enum(['minimize', 'maximize']).describe('Which end of it is better.'),
      })
      .describe('What trials are compared by: its last value in the log of the training job.'),
    parameters: z
      .record(z.string().min(1, 'must not be empty').max(256), parameter)
      .describe('What trials differ in: hyperparameters by their names, verbatim.'),
    runCap: z
      .int()
      .min(1)
      .max(maxTrials)
      .optional()
      .describe("Trials in all, at most 10,000. Default for grid: the grid's size."),
    parallel: z
      .int()
      .min(1)
      .max(maxParallel)
      .default(1)
      .describe('Trials at a time, at most 500 and never more than runCap.'),
    maxConsecutiveFailures: z
      .int()
      .min(1)
      .max(maxTrials)
      .default(10)
      .describe('So many failures with no success among them end the sweep.'),
    publishBest: z
      .boolean()
      .default(true)
      .describe('Whether the best trial is evaluated, gated and published.'),
    prices: z
      .record(instanceType('Instance type.'), z.number().gt(0))
      .default({})
      .describe('US dollars per hour of an instance type, for the price that sweep plan prints.'),
  })
  .meta({ title: 'Holdfast sweep', description: 'A Holdfast sweep: sweep.yaml.' })

/** What a user writes. */
export type SweepInput = z.input<typeof sweepSchema>
/** The same with defaults filled in. */
export type SweepConfig = z.output<typeof sweepSchema>
/** One entry of `parameters`. */
export type ParameterInput = z.input<typeof parameter>
