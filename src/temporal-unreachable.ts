import { HoldfastError, messageOf } from './errors'

/** What a client and a worker say alike when Temporal does not answer. */
export function temporalUnreachable(options: {
  address: string | undefined
  cause: unknown
}): HoldfastError {
  const { address = 'localhost:7233', cause } = options
  return new HoldfastError({
    code: 'E_TEMPORAL_UNREACHABLE',
    what: `Temporal did not answer: ${messageOf(cause)}`,
    where: address,
    hint: 'start one with `holdfast up --detach`, or set TEMPORAL_ADDRESS',
    cause,
  })
}
