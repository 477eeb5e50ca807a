import { sleep } from '@temporalio/workflow'

/** Tries of work that finds no machine: about a day. */
export const machineTries = 52

/**
 * Waits before the try after the nth: a minute, doubled each time up to `most` minutes, and ±20 %, so
 * that those who wait together do not come back together.
 */
export async function pauseForMachine(options: { tried: number; most?: number }): Promise<void> {
  const { tried, most = 30 } = options
  const minutes = Math.min(most, 2 ** Math.min(tried - 1, 10))
  await sleep(minutes * 60_000 * (0.8 + Math.random() * 0.4))
}
