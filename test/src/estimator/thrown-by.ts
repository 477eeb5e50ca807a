import { HoldfastError } from '../../../src/errors'

/** The refusal that a call ends in; anything else fails the test. */
export function thrownBy(call: () => unknown): HoldfastError {
  try {
    call()
  } catch (error) {
    if (error instanceof HoldfastError) return error
    throw error
  }
  throw new Error('nothing was refused')
}
