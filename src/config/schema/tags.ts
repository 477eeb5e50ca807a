/** `tags`: as a mapping, or as the SDK's list of `{ Key, Value }`. */

import { z } from 'zod'
import { refusal } from '../schema-parts'

const hint = 'letters, digits, spaces and _.:/=+-@'

/** The service model's TagKey and TagValue. */
const key = z
  .string()
  .regex(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u, refusal('not a tag key', `up to 128 ${hint}`))
const value = z
  .string()
  .regex(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u, refusal('not a tag value', `up to 256 ${hint}`))

export function tags(about: string) {
  return z
    .union([
      z.record(key, value),
      z.array(
        z.strictObject({
          Key: key.describe('Name of the tag.'),
          Value: value.describe('Its value.'),
        }),
      ),
    ])
    .describe(`${about} A mapping, or a list of { Key, Value }.`)
}

export type Tags = z.output<ReturnType<typeof tags>>
