/** `schedule`: when the pipeline runs by itself. */

import { z } from 'zod'
import { duration, refusal, text } from '../schema-parts'

const cronLine = z.string().min(1, 'must not be empty').max(200)

const mostLines = 20

/** Why something is neither a line nor a list of lines. */
function notCron(input: unknown): string {
  if (Array.isArray(input) && input.length > mostLines)
    return refusal(
      `${input.length} lines; at most ${mostLines}`,
      'one may say more: "0 2,14 * * *"',
    )
  const broken = Array.isArray(input) ? input.findIndex((line) => typeof line !== 'string') : -1
  return refusal(
    broken >= 0
      ? `line ${broken + 1} is not text`
      : `a cron line is text${typeof input === 'number' ? `, not the number ${input}` : ''}`,
    'write one such as "0 2 * * *", or a list of lines',
  )
}

export const schedule = z
  .strictObject({
    cron: z
      .union([cronLine, z.array(cronLine).min(1, 'needs at least one line').max(mostLines)], {
        error: ({ input }) => notCron(input),
      })
      .describe(
        'When: five fields (minute, hour, day of the month, month, day of the week), or a list of such lines.',
      )
      .meta({ examples: ['0 2 * * *', ['30 2 * * MON-FRI', '0 4 * * SUN']] }),
    timezone: text('IANA name of the timezone that the cron lines are read in.')
      .meta({ examples: ['UTC', 'Europe/Berlin'] })
      .default('UTC'),
    jitter: duration('Each firing is put off by a random time of up to so much.', {
      least: 0,
    }).prefault('0s'),
    overlap: z
      .enum(['skip', 'bufferOne'])
      .default('skip')
      .describe(
        'A firing that finds the one before still running: skip it, or run one more after it.',
      ),
    catchupWindow: duration(
      'Firings missed while Temporal was down are made up for if they are no older. At least 10s.',
    ).prefault('12h'),
    pauseOnFailure: z
      .boolean()
      .default(false)
      .describe('Pause the schedule when a nightly run fails.'),
  })
  .optional()
  .describe('Runs the pipeline by itself, once `holdfast schedule apply` has been said.')
