/** What is given up after a while: by a clock that only a test moves, so that a busy machine gives up nothing. */

export interface DrivenTimeouts {
  /** Lets so many milliseconds pass: signals that are due by then abort. */
  pass(milliseconds: number): void
}

/** In the place of `AbortSignal.timeout`, for each test of a file. */
export function driveTimeouts(): DrivenTimeouts {
  let now = 0
  let waiting: { due: number; controller: AbortController }[] = []
  let spy: jest.SpyInstance
  beforeEach(() => {
    waiting = []
    spy = jest.spyOn(AbortSignal, 'timeout').mockImplementation((milliseconds) => {
      const controller = new AbortController()
      waiting.push({ due: now + milliseconds, controller })
      return controller.signal
    })
  })
  afterEach(() => spy.mockRestore())
  return {
    pass(milliseconds) {
      now += milliseconds
      const due = waiting.filter((each) => each.due <= now)
      waiting = waiting.filter((each) => each.due > now)
      for (const { controller } of due)
        controller.abort(new DOMException('The operation timed out', 'TimeoutError'))
    },
  }
}
