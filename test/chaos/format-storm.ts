import type { StormResult } from './storm'

/** What a storm came to, in lines; the last is `N passed, N failed`, counting runs and two checks of the whole. */
export function formatStorm(result: StormResult): { text: string; failed: number } {
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
    row('orphaned', `${audit.orphaned} (${audit.waitingForReaper} of them wait for the reaper)`),
    row('most events', audit.mostEvents),
    row('replayed', `${replay.histories} histories, ${replay.differences.length} differ`),
    `${passed} passed, ${failed} failed`,
  ].join('\n')
  return { text, failed }
}

function row(name: string, value: string | number): string {
  return `${name.padEnd(12)} ${value}`
}

function listed(counts: Record<string, number | undefined>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count ?? 0}`)
    .join(', ')
}

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}
