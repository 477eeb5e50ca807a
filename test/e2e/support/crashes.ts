import { isRunning } from './processes'
import type { QuickPlatform } from './quick-platform'

/** Counts the crashes of sagemaker-local that a scenario has ordered, and starts it again after each. */
export function crashesOf({ platform }: QuickPlatform) {
  let counted = 0
  return {
    get count() {
      return counted
    },
    isDown: () => !isRunning(platform.services.sagemaker.pid),
    async startAgain(): Promise<void> {
      counted += 1
      await platform.start('sagemaker').catch((error: unknown) => {
        // The next call may crash it before it has been seen to be ready: that is the next crash.
        if (isRunning(platform.services.sagemaker.pid)) throw error
      })
    },
  }
}
