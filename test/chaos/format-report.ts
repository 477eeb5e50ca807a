import type { Audit } from './auditor/audit'
import type { MutationsResult } from './check-mutations'
import type { DirectedResult } from './directed'
import type { StormResult } from './storm'

export type RunKind = 'storm' | 'torch' | 'directed' | 'mutations' | 'naive'

/** Lines for people; the last is `N passed, N failed`. */
export interface Report {
  text: string
  passed: number
  failed: number
  /** What `--json` keeps. */
  result: { kind: RunKind; seed: number }
}

/** Counts runs, and two checks of the whole. */
export function formatStorm(result: StormResult): Report {
  const { audit, kills, faults, acts, replay, ownerless } = result
  const broken = new Set(audit.violations.map(({ run }) => run))
  const checks = [
    { what: 'replay', faults: replay.differences },
    { what: 'bucket owner', faults: ownerless.map((write) => `named by no header: ${write}`) },
  ]
  const failedChecks = checks.filter((check) => check.faults.length > 0)
  const failed = broken.size + failedChecks.length
  const passed = result.pipelines - broken.size + checks.length - failedChecks.length
  const killed = kills.workers + kills.servers + kills.jobs
  const text = [
    ...audit.violations.map(({ invariant, run, what }) => `${invariant} ${run}: ${what}`),
    ...failedChecks.flatMap(({ what, faults: all }) => all.map((fault) => `${what}: ${fault}`)),
    row('seed', result.seed),
    row('runner', `${result.runner}, real processes`),
    row('seconds', result.seconds),
    row('pipelines', `${result.pipelines} (${listed(audit.endings)})`),
    row('kills', `${killed} (${listed(kills)})`),
    row('faults', `${sum(faults)} (${listed(faults)})`),
    row('acts', listed(acts)),
    row('jobs', audit.jobs),
    row('publishes', audit.packages),
    row('lost', audit.lost),
    row('duplicated', audit.duplicated),
    row('orphaned', orphanedOf(audit)),
    row('secret', secretOf(audit)),
    ...(result.torch > 0 ? [row('torch', weightsOf(result))] : []),
    row('most events', audit.mostEvents),
    row('replayed', `${replay.histories} histories, ${replay.differences.length} differ`),
    `${passed} passed, ${failed} failed`,
  ].join('\n')
  return { text, passed, failed, result: { kind: result.torch > 0 ? 'torch' : 'storm', ...result } }
}

/** Counts cases, and the replay as one more. */
export function formatDirected(result: DirectedResult): Report {
  const { outcomes, audit, kills, replay } = result
  const broken = outcomes.filter(({ faults }) => faults.length > 0)
  const failed = broken.length + (replay.differences.length > 0 ? 1 : 0)
  const passed = result.cases + 1 - failed
  const text = [
    ...broken.flatMap(({ title, faults }) => faults.map((fault) => `${title}: ${fault}`)),
    ...replay.differences.map((difference) => `replay: ${difference}`),
    row('seed', result.seed),
    row('runner', `${result.runner}, real processes`),
    row('seconds', result.seconds),
    row('cases', `${result.cases} (${listed(audit.endings)})`),
    row('kills', listed(kills)),
    row('jobs', audit.jobs),
    row('publishes', audit.packages),
    row('lost', audit.lost),
    row('duplicated', audit.duplicated),
    row('orphaned', orphanedOf(audit)),
    row('secret', secretOf(audit)),
    row('replayed', `${replay.histories} histories, ${replay.differences.length} differ`),
    `${passed} passed, ${failed} failed`,
  ].join('\n')
  return { text, passed, failed, result: { kind: 'directed', ...result } }
}

/** A mistake passes when it is caught, and when the code as it is has none in the same moment. */
export function formatMutations(result: MutationsResult): Report {
  const { outcomes } = result
  const good = outcomes.filter(
    ({ caught, unpatched, unmet }) =>
      caught.length > 0 && unpatched.length === 0 && unmet.length === 0,
  )
  const failed = outcomes.length - good.length
  const text = [
    ...outcomes.map(({ name, caught }) => row(name, caught[0] ?? 'NOT CAUGHT')),
    ...outcomes.flatMap(({ name, unpatched, unmet }) => [
      ...unpatched.map((fault) => `${name}, as it is: ${fault}`),
      ...unmet.map((title) => `${name}: the moment never came: ${title}`),
    ]),
    row('seed', result.seed),
    row('seconds', result.seconds),
    `${good.length} passed, ${failed} failed`,
  ].join('\n')
  return { text, passed: good.length, failed, result: { kind: 'mutations', ...result } }
}

function orphanedOf({ orphaned, outlived, reaper }: Audit): string {
  return `${orphaned} after one reaper period (${outlived} jobs went on when their run was terminated; in ${reaper.passes} passes the reaper stopped ${reaper.stopped})`
}

function secretOf({ secret }: Audit): string {
  return secret ? `given to ${secret.reached} trainings, found elsewhere ${secret.leaks} times` : ''
}

function weightsOf({ torch, audit }: StormResult): string {
  const trained = sum(audit.weights)
  return `${torch} pipelines, one of them undisturbed; ${trained} models of ${Object.keys(audit.weights).length} kinds of weights`
}

function row(name: string, value: string | number): string {
  return `${name.padEnd(22)} ${value}`
}

function listed(counts: Record<string, number | undefined>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count ?? 0}`)
    .join(', ')
}

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}
