/** The form of scenario.yaml. */

import { z } from 'zod'

import { parseDuration } from '../../../duration'

const duration = z.union([z.number().min(0), z.string()]).transform((value, context) => {
  const seconds = typeof value === 'number' ? value : parseSeconds(value)
  if (seconds === undefined) {
    context.addIssue(`\`${value}\` is not a duration such as 500ms, 5s or 2m`)
    return z.NEVER
  }
  return seconds
})

const pattern = z.string().transform((source, context) => {
  try {
    return new RegExp(source)
  } catch {
    context.addIssue(`\`${source}\` is not a regular expression`)
    return z.NEVER
  }
})

const when = z.union([
  z.strictObject({ checkpoint: z.number().int().min(1) }),
  z.strictObject({ seconds: z.number().min(0) }),
  z.strictObject({ logLine: pattern }),
  z.strictObject({
    phase: z.enum(['Starting', 'Downloading', 'Training', 'Uploading', 'Stopping']),
  }),
])

const often = {
  times: z.number().int().min(1).default(1),
  probability: z.number().min(0).max(1).default(1),
}

const jobRule = z.strictObject({
  jobs: z.string().default('*'),
  when,
  do: z.enum(['interrupt', 'maxWait', 'capacityError', 'internalError', 'hold']),
  resumeAfter: duration.default(0),
  ...often,
})

/** A job is held on its way to its end and nowhere else, for as long as the rule stands in the file. */
const heldWhileStopping = jobRule.refine(
  ({ when: at, do: what }) => ('phase' in at && at.phase === 'Stopping') === (what === 'hold'),
  {
    path: ['do'],
    message: '`hold` and `when: { phase: Stopping }` go together, and with nothing else',
  },
)

const operationRule = z.strictObject({
  operation: z.string().min(1),
  do: z.enum([
    'throttle',
    'expiredToken',
    'dropReply',
    'hang',
    'error500',
    'error500AfterAccept',
    'crash',
  ]),
  ...often,
})

/** How the next update of an endpoint ends, whose new fleet is healthy. */
const endpointRule = z.strictObject({
  endpoints: z.string().min(1),
  do: z.enum(['outOfService', 'updateRollbackFailed']),
  ...often,
})

export const scenarioSchema = z.strictObject({
  /** Every random choice derives from it. */
  seed: z.number().int().default(0),
  /** Divides SageMaker's 120 s of grace between SIGTERM and SIGKILL. */
  timeScale: z.number().positive().default(1),
  /** How long a job of the scripted runner trains, unless its hyperparameters say. */
  scriptedSeconds: z.number().min(0).optional(),
  sync: z
    .strictObject({
      nasty: z.boolean().default(false),
      /** Nothing reaches S3 any more, and nobody is told. */
      stopped: z.boolean().default(false),
    })
    .default({ nasty: false, stopped: false }),
  rules: z.array(z.unknown()).default([]),
})

export type JobRule = z.infer<typeof jobRule>
export type OperationRule = z.infer<typeof operationRule>
export type EndpointRule = z.infer<typeof endpointRule>

/**
 * A rule with `operation` is about the API, one with `endpoints` about these, one with `when` about
 * jobs; the message names only its own fields.
 */
export function parseRule(rule: unknown) {
  const has = (key: string) => typeof rule === 'object' && rule !== null && key in rule
  if (has('operation')) return { operation: operationRule.safeParse(rule) }
  if (has('endpoints')) return { endpoint: endpointRule.safeParse(rule) }
  return { job: heldWhileStopping.safeParse(rule) }
}

function parseSeconds(text: string): number | undefined {
  const milliseconds = /^(\d+(?:\.\d+)?)ms$/.exec(text.trim())
  return milliseconds ? Number(milliseconds[1]) / 1000 : parseDuration(text)
}
