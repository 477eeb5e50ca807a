/** What the schemas of pipeline.yaml and sweep.yaml have in common. */

import { z } from 'zod'

/** Splits the message of a check from its hint; never shown. */
export const hintMark = '\u241e'

/** The message of a check, with a hint of how to mend it. */
export function refusal(message: string, hint: string): string {
  return `${message}${hintMark}${hint}`
}

const slug = /^[a-z0-9](-?[a-z0-9])*$/

/** What workflow ids, job names and S3 keys start with. */
export function nameOf(about: string) {
  return z
    .string()
    .max(40)
    .regex(slug, refusal('not a name', 'use 1 to 40 lower-case letters, digits and single hyphens'))
    .describe(about)
}

export function instanceType(about: string) {
  return z
    .string()
    .regex(
      /^ml\.[a-z0-9-]+\.[a-z0-9]+$/,
      refusal('not a SageMaker instance type', 'it looks like "ml.g5.xlarge"'),
    )
    .describe(about)
}
