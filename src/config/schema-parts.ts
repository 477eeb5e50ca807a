/** What the schemas of pipeline.yaml and sweep.yaml are made of. */

import { z } from 'zod'
import { formatDuration, parseDuration } from '../duration'

/** Splits the message of a check from its hint; never shown. */
export const hintMark = '\u241e'

/** The message of a check, with a hint of how to mend it. */
export function refusal(message: string, hint: string): string {
  return `${message}${hintMark}${hint}`
}

/** The service counts in 32 bits. */
const largestCount = 2 ** 31 - 1

/** Any plain value. */
export const json = z.json()

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

/** A line of text. 1024 characters: no path, URI or id of the services is longer. */
export function text(about: string) {
  return z
    .string()
    .min(1, 'must not be empty')
    .max(1024)
    .regex(
      /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$/,
      refusal('has control characters', 'write it in one line'),
    )
    .describe(about)
}

/** 768 characters: Holdfast adds a run's id and folders, and the service takes 1024 in all. */
export function s3Uri(about: string) {
  return z
    .string()
    .max(768)
    .regex(
      /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/.*)?$/,
      refusal('not an S3 URI', 'it looks like "s3://bucket/prefix"'),
    )
    .describe(about)
}

export function duration(about: string, { least = 1 }: { least?: number } = {}) {
  return z
    .string()
    .max(40)
    .regex(
      /^(\d+(\.\d+)?[smhd])+$/,
      refusal('not a duration', 'write it with units, such as "90s", "45m", "4h" or "1h30m"'),
    )
    .describe(`${about} A duration with units: 90s, 45m, 4h, 1h30m.`)
    .meta({ examples: ['90s', '45m', '4h', '1h30m'] })
    .transform((value) => parseDuration(value) ?? 0)
    .refine(
      (seconds) => seconds >= least,
      least > 1 ? `must be at least ${formatDuration(least)}` : 'must be at least one second',
    )
    .refine((seconds) => seconds <= largestCount, 'must be less than 68 years')
}

export function wholeNumber(about: string) {
  return z.int().min(1).max(largestCount).describe(about)
}
