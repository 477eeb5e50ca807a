import { colorsFor } from '../../../src/cli/colors'
import { formatAppliedReaper, formatReap } from '../../../src/cli/format-reap'
import type { JudgedJob, ReapReport } from '../../../src/reaper/judged-job'
import type { JudgedEndpoint } from '../../../src/reaper/judged-endpoint'
import { aJudgedJob } from '../reaper/a-judged-job'

const colors = colorsFor({}, {})

function aReport(jobs: JudgedJob[], changes: Partial<ReapReport> = {}): ReapReport {
  return {
    namespaceId: '6d0f5d0e-0000-4000-a000-000000000000',
    region: 'eu-west-1',
    grace: 900,
    dryRun: false,
    at: '2026-11-24T03:00:00.000Z',
    jobs,
    others: 2,
    endpoints: [],
    ...changes,
  }
}

test('a pass is a table of our jobs, and counts of all', () => {
  const report = aReport([
    aJudgedJob({ verdict: 'stopped' }),
    aJudgedJob({ jobName: 'x-0123456789-e1', workflowId: null, verdict: 'kept', why: 'so' }),
  ])
  expect(formatReap({ report, colors })).toEqual([
    'JOB                    OWNER           AGE  VERDICT  WHY',
    'reviews-3f9a0c21de-a1  reviews-7f3k2m  1h   stopped  its owner is terminated',
    'x-0123456789-e1        (unknown)       1h   kept     so',
    "2 jobs of Holdfast's under way (1 stopped, 1 kept) in eu-west-1; 2 of somebody else without our tags",
    'our namespace is 6d0f5d0e-0000-4000-a000-000000000000',
  ])
})

test('a dry run says what would be done to each', () => {
  const jobs = [aJudgedJob(), aJudgedJob({ remedy: 'cancel the trial' })]
  const [, one, two, count] = formatReap({ report: aReport(jobs, { dryRun: true }), colors })
  expect(one).toContain('  would stop  ')
  expect(two).toContain('  would cancel  ')
  expect(count).toContain("2 jobs of Holdfast's under way (2 would be stopped)")
})

function anEndpoint(changes: Partial<JudgedEndpoint> = {}): JudgedEndpoint {
  return {
    endpointName: 'reviews',
    arn: 'arn:aws:sagemaker:us-east-1:111122223333:endpoint/reviews',
    status: 'InService',
    createdAt: '2026-11-24T02:00:00.000Z',
    changedAt: '2026-11-24T02:05:00.000Z',
    namespaceId: '6d0f5d0e-0000-4000-a000-000000000000',
    verdict: 'due',
    why: 'nobody has asked it for 6h',
    remedy: 'undeploy',
    ...changes,
  }
}

test('endpoints are a table of their own: what would be done, and what was begun', () => {
  const half = { endpointName: 'half', remedy: 'go back', why: 'so' } as const
  const table = (endpoints: JudgedEndpoint[], dryRun: boolean) =>
    formatReap({ report: aReport([], { endpoints, dryRun }), colors }).slice(1, -1)
  expect(table([anEndpoint(), anEndpoint(half)], true)).toEqual([
    '',
    'ENDPOINT  STATUS     VERDICT         WHY',
    'reviews   InService  would undeploy  nobody has asked it for 6h',
    'half      InService  would go back   so',
  ])
  const verdict = 'started'
  expect(table([anEndpoint({ verdict }), anEndpoint({ ...half, verdict })], false)).toEqual([
    '',
    'ENDPOINT  STATUS     VERDICT      WHY',
    'reviews   InService  undeploying  nobody has asked it for 6h',
    'half      InService  going back   so',
  ])
})

test('where nothing is under way there is no table', () => {
  expect(formatReap({ report: aReport([], { others: 0 }), colors })).toEqual([
    "0 jobs of Holdfast's under way in eu-west-1; 0 of somebody else without our tags",
    'our namespace is 6d0f5d0e-0000-4000-a000-000000000000',
  ])
})

test('an id of a workflow cannot paint the terminal', () => {
  const report = aReport([aJudgedJob({ workflowId: 'a\u001b[31mb\nc' })])
  expect(formatReap({ report, colors })[1]).not.toMatch(/[\u001b\n]/)
})

test('the schedule says how often, and from which age', () => {
  const applied = {
    action: 'created',
    every: 600,
    grace: 900,
    paused: true,
    next: ['2026-11-24T03:10:00.000Z'],
  } as const
  expect(
    formatAppliedReaper({ applied: { ...applied, next: [...applied.next] }, dryRun: false }),
  ).toEqual([
    "The reaper's schedule is created: every 10m, jobs from 15m of age.",
    'It is paused.',
    '  2026-11-24T03:10:00.000Z',
  ])
})
