/** Whole numbers with the limits that the service model sets. */

import { z } from 'zod'
import { serviceShape } from './service-values'

/** The service counts in 32 bits. */
const largest = 2 ** 31 - 1

/** @example serviceNumber('ServerlessMaxConcurrency', 'Requests at a time.') // from 1 to 200 */
export function serviceNumber(shape: string, about: string) {
  const { min = 1, max = largest } = serviceShape(shape)
  return z.int().min(min).max(max).describe(about)
}
