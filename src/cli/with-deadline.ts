import { HoldfastError } from '../errors'

/**
 * The result of some work, or an error after so long; the work itself goes on.
 *
 * @throws HoldfastError `E_WAIT_TIMEOUT`
 */
export async function withDeadline<T>(options: {
  work: Promise<T>
  /** Absent: as long as it takes. */
  seconds: number | undefined
  /** What has not happened by then. */
  what: string
  hint: string
}): Promise<T> {
  const { work, seconds, what, hint } = options
  if (seconds === undefined) return work
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new HoldfastError({
          code: 'E_WAIT_TIMEOUT',
          what: `${what} after ${seconds} seconds`,
          hint,
        }),
      )
    }, seconds * 1000)
  })
  try {
    return await Promise.race([work, deadline])
  } finally {
    clearTimeout(timer)
  }
}
