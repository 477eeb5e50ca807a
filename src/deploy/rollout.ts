/** How a deployment takes over, as plain data for workflows, activities and the client alike; pure. */

/** Asked of a version; what it says decides whether it may serve. */
export interface Probe {
  /** Body of the request. */
  payload: string
  /** `application/json`. */
  contentType?: string
  /** Text that the answer must contain. */
  expect?: string
  maxLatencyMs?: number
}

export interface Autoscaling {
  /** Instances. */
  min: number
  max: number
  /** Requests a minute on each instance. */
  invocationsPerInstance: number
  /** Seconds; 300. */
  scaleInCooldown?: number
  scaleOutCooldown?: number
}

export interface Rollout {
  probe?: Probe
  canary?: { percent: number; bakeSeconds: number }
  /** Names of CloudWatch alarms. */
  alarms?: string[]
  ttlSeconds?: number
  /** Without a request. */
  idleSeconds?: number
  autoscaling?: Autoscaling
}

/** Seconds between two looks at a canary: thirty in all, but none sooner than after one second. */
export function lookEvery(bakeSeconds: number): number {
  return Math.min(60, Math.max(1, Math.round(bakeSeconds / 30)))
}
