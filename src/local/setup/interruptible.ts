type Interrupt = 'SIGINT' | 'SIGTERM' | 'SIGHUP'
const interrupts: readonly Interrupt[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * Runs work that Ctrl-C or `kill` may end: the signal first aborts it, and takes this process only when
 * the work has settled, so that no installer goes on writing alone. A second one takes it at once.
 *
 * @example
 * await interruptible(async (signal) => setUp({ parts, onProgress, signal }))
 */
export async function interruptible<T>(
  work: (signal: AbortSignal) => Promise<T>,
  take: (name: Interrupt) => void = (name) => void process.kill(process.pid, name),
): Promise<T> {
  const stop = new AbortController()
  let got: Interrupt | undefined
  const onSignal = (name: Interrupt): void => {
    got = name
    forget()
    stop.abort(new Error(`stopped by ${name}`))
  }
  const forget = (): void => {
    for (const name of interrupts) process.off(name, onSignal)
  }
  for (const name of interrupts) process.on(name, onSignal)
  try {
    return await work(stop.signal)
  } finally {
    forget()
    if (got) take(got)
  }
}
