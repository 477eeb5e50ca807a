/** Every fault point × {kill, cancel, terminate, reply lost}. */

import { audit, type Audit, type ExpectedRun } from './auditor/audit'
import { reaperPeriod, startChaosPlatform } from './chaos-platform'
import { faultPoints, type FaultPoint, type FaultPointName } from './fault-points'
import { keepEvidence } from './keep-evidence'
import { randomFrom } from './random'
import { replayAll } from './replay-all'
import { cancelRun, runCases, terminateRun, type Case } from './run-cases'

export const directedActs = ['kill', 'cancel', 'terminate', 'reply lost'] as const
export type DirectedAct = (typeof directedActs)[number]

export interface DirectedResult {
  seed: number
  runner: string
  seconds: number
  cases: number
  /** By title; empty when it held. */
  outcomes: { title: string; point: FaultPointName; act: DirectedAct; faults: string[] }[]
  kills: { workers: number; servers: number }
  audit: Audit
  replay: { histories: number; differences: string[] }
}

/** All of them, in a fixed order; a case's number is part of its pipeline's name. */
export function directedCases(): (Case & { point: FaultPointName; act: DirectedAct })[] {
  return faultPoints
    .flatMap((point) => directedActs.map((act) => ({ point, act })))
    .map(({ point, act }, index) => ({
      ...caseOf({ point, act, number: index + 1 }),
      point: point.name,
      act,
    }))
}

function caseOf(options: {
  point: FaultPoint & { name: FaultPointName }
  act: DirectedAct
  number: number
}): Case {
  const { point, act, number } = options
  const held = act === 'cancel' || act === 'terminate'
  return {
    title: `${point.name} × ${act}`,
    pipeline: {
      name: `point-${String(number).padStart(4, '0')}`,
      ...(point.large ? { large: true } : {}),
      // So long that it is cancelled in its middle however late the harness sees it train.
      ...(point.cancelled ? { steps: 1_000 } : {}),
      // So long that only somebody who stops its job ends it.
      ...(act === 'terminate' && jobGoesOn.has(point.name) ? { steps: 3_000 } : {}),
    },
    order: { point: point.name, act: held ? 'hold' : act === 'kill' ? 'kill' : 'lose' },
    ...(act === 'cancel' ? { then: cancelRun } : {}),
    ...(act === 'terminate' ? { then: terminateRun } : {}),
    ...(point.cancelled ? { inTraining: cancelRun } : {}),
    mayEnd: mayEnd({ point, act }),
  }
}

/** Points at which a training is being created or runs: terminated there, a run leaves it to the reaper. */
const jobGoesOn = new Set<FaultPointName>(['create-sending', 'create-accepted', 'waiting'])

function mayEnd({ point, act }: { point: FaultPoint; act: DirectedAct }): ExpectedRun['mayEnd'] {
  if (act === 'terminate') return ['terminated']
  if (point.cancelled) return ['cancelled']
  if (act !== 'cancel') return ['completed']
  return point.late ? ['cancelled', 'completed'] : ['cancelled']
}

export async function directed(options: {
  seed: number
  /** Of the cases, chosen by the seed; all unless given. */
  count?: number
  parallel: number
  runner: 'toolkit' | 'built-in'
  say: (line: string) => void
  keep?: string
}): Promise<DirectedResult> {
  const { seed, runner, parallel, say } = options
  const random = randomFrom(seed)
  const cases = directedCases()
  while (cases.length > (options.count ?? Infinity))
    cases.splice(Math.floor(random.next() * cases.length), 1)
  // Not all large datasets at once.
  cases.sort(() => random.next() - 0.5)
  const started = Date.now()
  const chaos = await startChaosPlatform({ random, seed, runner })
  try {
    const { runs, titles, unmet } = await runCases({ chaos, cases, parallel, seconds: 240, say })
    await chaos.workers().ready()
    // Its schedule would come by itself within a minute.
    await chaos.reapNow()
    const result = await audit({
      dataDir: chaos.dataDir,
      env: chaos.env,
      runs,
      reaper: { withinSeconds: reaperPeriod },
      secret: chaos.secret,
    })
    if (options.keep !== undefined)
      await keepEvidence({ chaos, violations: result.violations, folder: options.keep })
    const faultsOf = (title: string): string[] => [
      ...(unmet.includes(title) ? ['the point was never met'] : []),
      ...result.violations
        .filter(({ run }) => titles.get(run) === title)
        .map(({ invariant, what }) => `${invariant}: ${what}`),
    ]
    return {
      seed,
      runner,
      seconds: Math.round((Date.now() - started) / 1000),
      cases: cases.length,
      outcomes: cases.map(({ title, point, act }) => ({
        title,
        point,
        act,
        faults: faultsOf(title),
      })),
      kills: chaos.kills(),
      audit: result,
      replay: await replayAll({ temporal: chaos.temporal }),
    }
  } finally {
    await chaos.stop()
  }
}
