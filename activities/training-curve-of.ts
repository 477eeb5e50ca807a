import { jobLogReader, type LogLine } from '../src/client/job-logs'
import { trainingCurve, type CurvePoint } from '../src/feeds/training-curve'
import type { Attempt } from '../src/run-state'
import type { Dependencies } from './dependencies'
import { inRegion } from './in-region'

/** Metrics over steps of all attempts in their order: the next goes on where the last one stopped. */
export async function trainingCurveOf(
  deps: Dependencies,
  options: { attempts: readonly Attempt[]; signal?: AbortSignal },
): Promise<CurvePoint[]> {
  const { attempts, signal } = options
  const lines: LogLine[] = []
  for (const { jobName, placement, trainingSeconds, status } of attempts) {
    if (jobName === '' || (trainingSeconds === 0 && status !== 'Completed')) continue
    const { logs } = inRegion(deps, placement.region ?? deps.region)
    const reader = jobLogReader({ logs, kind: 'training', jobName, ...(signal && { signal }) })
    for (const line of await reader.read()) lines.push(line)
  }
  return trainingCurve(lines)
}
