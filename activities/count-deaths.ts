import { activityInfo, Context, heartbeat } from '@temporalio/activity'

import { HoldfastError } from '../src/errors'
import type { Dependencies } from './dependencies'

/** Workers that may die of one activity, one after the other. Kills and deploys take one or two with them. */
const mostDeaths = 5

/** What a try of an activity leaves for the next one. */
export interface Counted {
  deaths: number
}

const counted = new WeakMap<Context, Counted>()

/**
 * An activity that kills its worker, as one that needs more memory than there is, would be tried again
 * for days, each time with the same end. So each try counts the workers that fell silent before it,
 * as Temporal tells of them, and the last one gives up. To be called before anything else is done; every
 * beat carries the count on.
 *
 * @throws HoldfastError `E_WORKER_DIED`
 */
export async function countDeaths({ temporal, log }: Deps): Promise<void> {
  const { activityId, activityType, attempt, ...info } = activityInfo()
  if (attempt === 1) return
  const { deaths: before = 0 } = (info.heartbeatDetails ?? {}) as Partial<Counted>
  const deaths = before + ((await fellSilent({ temporal, activityId })) ? 1 : 0)
  if (deaths > before) log.warn({ activityType, deaths }, 'the worker before fell silent')
  if (deaths >= mostDeaths) {
    throw new HoldfastError({
      code: 'E_WORKER_DIED',
      what: `${deaths} workers fell silent one after the other while they did this`,
      where: activityType,
      hint: 'see the last lines of the workers’ logs: when they ran out of memory, give the heavy worker more (NODE_OPTIONS=--max-old-space-size, or a larger machine), then start again with --new',
    })
  }
  if (deaths === 0) return
  counted.set(Context.current(), { deaths })
  heartbeat({ deaths })
}

/** What was counted for the present try; undefined where no worker died. */
export function countedDeaths(): Counted | undefined {
  return counted.get(Context.current())
}

type Deps = Pick<Dependencies, 'temporal' | 'log'>

/** Whether the try before this one ended by a silence, and not by an error of its own. */
async function fellSilent(options: {
  temporal: Dependencies['temporal']
  activityId: string
}): Promise<boolean> {
  const { workflowId, runId } = activityInfo().workflowExecution ?? {}
  if (workflowId === undefined) return false
  const handle = options.temporal.workflow.getHandle(workflowId, runId)
  const { pendingActivities = [] } = (await handle.describe()).raw
  const ours = pendingActivities?.find(({ activityId }) => activityId === options.activityId)
  return Number(ours?.lastFailure?.timeoutFailureInfo?.timeoutType) === heartbeatTimeout
}

/** temporal.api.enums.v1.TimeoutType */
const heartbeatTimeout = 4
