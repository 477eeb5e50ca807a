/** Single values with the limits that the service model sets, read from its generated data. */

import { z } from 'zod'
import { compilePattern } from '../../aws/service-model/pattern'
import { serviceModel } from '../../aws/service-model/service-model'
import type { Shape } from '../../aws/service-model/service-model'
import { didYouMean } from '../did-you-mean'
import { refusal } from '../schema-parts'

export function serviceShape(name: string): Shape {
  const shape = serviceModel('sagemaker').shapes[name]
  if (!shape) throw new Error(`service-model.json has no shape ${name}`)
  return shape
}

/** How a value is spoken of when it is refused: `not ${is}: it looks like "${like}"`. */
interface Wording {
  about: string
  is: string
  like: string
}

/**
 * @example
 * serviceText('KmsKeyId', { about: 'KMS key.', is: 'a KMS key', like: 'alias/mine' })
 */
export function serviceText(shape: string, { about, is, like }: Wording) {
  // The service's patterns allow the empty text where it would say nothing.
  return plainText(shape, refusal(`not ${is}`, `it looks like "${like}"`))
    .min(1, 'must not be empty')
    .describe(about)
}

/** A list of such texts. */
export function serviceTexts(shape: string, { about, is, like }: Wording) {
  const { member = '', max = Infinity } = serviceShape(shape)
  const item = plainText(member, refusal(`not ${is}`, `it looks like "${like}"`)).min(1)
  return (max === Infinity ? z.array(item) : z.array(item).max(max)).min(1).describe(about)
}

/** A mapping of texts to texts. */
export function serviceTextMap(shape: string, about: string) {
  const { key = '', value = '', max = Infinity } = serviceShape(shape)
  return z
    .record(plainText(key), plainText(value))
    .refine((map) => Object.keys(map).length <= max, `has more than ${max} entries`)
    .describe(about)
}

/** One of the instance types that the service model lists for training or for processing. */
export function serviceInstanceType(shape: string, about: string) {
  const { enum: types = [] } = serviceShape(shape)
  return z
    .enum(types, {
      error: ({ input }) => {
        const near = typeof input === 'string' ? didYouMean(input, types) : undefined
        const hint = near ? `did you mean "${near}"?` : 'it looks like "ml.g5.xlarge"'
        return refusal('not a SageMaker instance type', hint)
      },
    })
    .describe(about)
}

function plainText(
  name: string,
  message = refusal('not allowed here', 'text without line breaks'),
) {
  const { pattern, min = 0, max = Infinity } = serviceShape(name)
  const compiled = pattern === undefined ? undefined : compilePattern(pattern)
  const long = z.string().min(min, min > 1 ? message : 'must not be empty')
  const sized = max === Infinity ? long : long.max(max)
  return compiled ? sized.regex(compiled, message) : sized
}
