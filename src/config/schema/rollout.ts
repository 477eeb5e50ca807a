/** How a deployment takes over, and how long it lives: the keys of deploy.yaml that the SDK does not have. */

import { z } from 'zod'
import { formatDuration } from '../../duration'
import { duration, text, wholeNumber } from '../schema-parts'
import { serviceText } from './service-values'

const given = <Schema extends z.ZodType>(schema: Schema) => z.exactOptional(schema)

/** Seconds: CloudWatch's numbers come minutes late, and those of an hour are kept for longer than this. */
const leastIdle = 15 * 60
const mostIdle = 60 * 86_400

const canary = z.strictObject({
  percent: z
    .number()
    .min(1)
    .max(50)
    .describe('Share of the requests that the new version answers first, in percent.')
    .meta({ examples: [5, 10, 50] }),
  bake: duration('How long that share is watched before the new version takes all.').meta({
    examples: ['5m', '10m'],
  }),
})

const probe = z.strictObject({
  payload: text('Body of the request, as it is sent.').meta({
    examples: ['{"inputs": "I like it"}'],
  }),
  contentType: given(text('Its content type. Default: application/json.')).meta({
    examples: ['application/json'],
  }),
  expect: given(text('Text that the answer must contain. Default: any answer will do.')).meta({
    examples: ['POSITIVE'],
  }),
  maxLatencyMs: given(wholeNumber('Longest wait for the answer, in milliseconds.')),
})

const autoscaling = z.strictObject({
  min: wholeNumber('Fewest instances.'),
  max: wholeNumber('Most instances.'),
  invocationsPerInstance: z
    .number()
    .positive()
    .describe('Requests a minute on each instance that are aimed at.')
    .meta({ examples: [100, 750.5] }),
  scaleInCooldown: given(duration('Pause after instances were taken away. Default: 5m.')).meta({
    examples: ['10m'],
  }),
  scaleOutCooldown: given(duration('Pause after instances were added. Default: 5m.')).meta({
    examples: ['1m'],
  }),
})

export const rollout = {
  probe: given(probe.describe('Asked of the new version before it gets any traffic.')),
  canary: given(canary.describe('Gives the new version a share of the traffic first.')),
  alarms: given(
    z
      .array(
        serviceText('AlarmName', {
          about: 'Name of a CloudWatch alarm.',
          is: 'the name of an alarm',
          like: 'reviews-errors',
        }),
      )
      .min(1)
      .max(10)
      .describe('Alarms any of which brings the old version back while the new one takes over.'),
  ),
  ttl: given(
    duration('Life of the endpoint, from each deployment on; the reaper then deletes it.').meta({
      examples: ['8h', '7d'],
    }),
  ),
  idleAfter: given(
    duration(
      'Time without a request, after a deployment or the last one, that ends the endpoint; the reaper deletes it.',
      { least: leastIdle },
    )
      .refine((seconds) => seconds <= mostIdle, `must be at most ${formatDuration(mostIdle)}`)
      .meta({ examples: ['6h', '3d'] }),
  ),
  autoscaling: given(autoscaling.describe('Instances by the number of requests.')),
}
