/** Runs the task on every item, a few at a time, and leaves nothing under way when it ends. */

/**
 * The first failure is thrown, but only once every started task has ended: one left behind would go on
 * trying, and could overwrite what a later call has written. No further item is begun after a failure.
 */
export async function inParallel<T>(options: {
  items: readonly T[]
  width: number
  task: (item: T) => Promise<void>
}): Promise<void> {
  const queue = [...options.items]
  const work = async (): Promise<void> => {
    try {
      for (let item = queue.shift(); item !== undefined; item = queue.shift())
        await options.task(item)
    } catch (error) {
      queue.length = 0
      throw error
    }
  }
  const workers = await Promise.allSettled(Array.from({ length: options.width }, work))
  const failed = workers.find((worker) => worker.status === 'rejected')
  if (failed) throw failed.reason
}
