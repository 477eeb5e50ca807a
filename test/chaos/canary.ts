import { randomBytes } from 'node:crypto'

/** The workers' variable that holds the canary. */
export const canaryVariable = 'HOLDFAST_CHAOS_CANARY'

/** How a pipeline's config names it. */
export const canaryReference = `env:${canaryVariable}`

/** A secret that stands nowhere else: wherever it is found, it has leaked. */
export function newCanary(): string {
  return `canary-${randomBytes(18).toString('hex')}`
}
