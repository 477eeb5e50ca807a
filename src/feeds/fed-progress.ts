import type { CurveReading } from './training-curve'

/** How far a training's log was shown elsewhere. Kept with the looks at its job; plain JSON. */
export interface FedProgress extends CurveReading {
  /** When it was tried last: milliseconds since 1970. */
  at: number
  /** Tries since the last that came through. */
  failures: number
  /** Of the job's log streams: where the next reading goes on. */
  tokens: Record<string, string>
}
