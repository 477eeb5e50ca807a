/**
 * While this works, timers of ours and of the libraries that jest loads go only when the test moves their
 * clock (`jest.advanceTimersByTime`). Sockets, processes and the time of day go on as they do.
 *
 * @example
 * await withOwnTimers(async () => {
 *   const failed = expect(clone({ deadlineMs: 1_500 })).rejects.toThrow()
 *   await asked
 *   jest.advanceTimersByTime(1_500)
 *   await failed
 * })
 */
export async function withOwnTimers(work: () => Promise<void>): Promise<void> {
  jest.useFakeTimers({
    doNotFake: [
      ...(['Date', 'hrtime', 'performance', 'nextTick', 'queueMicrotask'] as const),
      ...(['setImmediate', 'clearImmediate', 'setInterval', 'clearInterval'] as const),
    ],
  })
  try {
    await work()
  } finally {
    jest.useRealTimers()
  }
}
