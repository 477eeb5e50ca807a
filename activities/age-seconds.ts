import { activityInfo } from '@temporalio/activity'

/**
 * Seconds from when Temporal first scheduled this activity to this try of it. Both times are the
 * server's: by a worker's own clock, an hour ahead, a job accepted just now would be long overdue.
 */
export function ageSeconds(): number {
  const { scheduledTimestampMs, currentAttemptScheduledTimestampMs } = activityInfo()
  return (currentAttemptScheduledTimestampMs - scheduledTimestampMs) / 1000
}
