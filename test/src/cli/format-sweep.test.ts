import { visibleLength } from '../../../src/cli/clean-text'
import { colorsFor } from '../../../src/cli/colors'
import { lineOfSweepEvent } from '../../../src/cli/format-sweep-event'
import { formatSweeps } from '../../../src/cli/format-sweep-list'
import { formatSweepPlan } from '../../../src/cli/format-sweep-plan'
import { describeSweep, formatSweepStatus } from '../../../src/cli/format-sweep-status'
import { formatTrials } from '../../../src/cli/format-sweep-trials'
import type { SweepStatus } from '../../../src/sweep/sweep-state'
import { planSweep } from '../../../src/plan/plan-sweep'
import type { Price } from '../../../src/prices/price'
import { wrapItems } from '../../../src/cli/wrap-items'
import { aSweep, aSweepStatus, aTrial } from '../client/a-sweep'

const colors = colorsFor({}, {})
const now = Date.parse('2026-11-23T10:03:20.000Z')
const endedAt = '2026-11-23T10:03:20.000Z'
const published = {
  modelPackageArn: 'arn:aws:sagemaker:us-east-1:111122223333:model-package/reviews/3',
  version: 3,
  artifactUri: 's3://bucket/holdfast/models/reviews/aa/model.tar.gz',
  sha256: 'aa'.repeat(32),
}

test.each<[Partial<SweepStatus>, string]>([
  [{}, 'is searching: 2 of 6 trials ended, 2 running, 3m 20s after its start.'],
  [{ draining: true }, 'is draining: 2 of 6 trials ended, 2 running, 3m 20s after its start.'],
  [{ paused: true }, 'is paused: 2 of 6 trials ended, 2 running, 3m 20s after its start.'],
  [{ stage: 'prepare' }, 'is preparing its dataset, 3m 20s after its start.'],
  [{ stage: 'best' }, 'is evaluating its best trial, 3m 20s after its start.'],
  [
    { state: 'completed', endedAt, published },
    'completed in 3m 20s: trial 1 is the best, and was published as version 3.',
  ],
  [
    { state: 'completed', endedAt },
    'completed in 3m 20s: trial 1 is the best, and nothing was published.',
  ],
  [
    { state: 'rejected', endedAt },
    'was rejected: the gate refused its best trial. Nothing was published.',
  ],
  [{ state: 'stopped', endedAt }, 'was stopped 3m 20s after its start. Nothing was published.'],
  [
    { state: 'failed', endedAt, error: { code: 'E_X', message: '10 trials in a row failed' } },
    'failed after 3m 20s: 10 trials in a row failed.',
  ],
])('%j is said in one sentence', (changes, sentence) => {
  expect(describeSweep(aSweepStatus(changes), now)).toBe(`reviews-lr-7f3k2m ${sentence}`)
})

const trials = [
  aTrial(),
  aTrial({ number: 3, score: 0.75, hyperparameters: { learning_rate: 1e-5 }, attempts: 2 }),
  aTrial({ number: 2, state: 'failed', score: null, billableSeconds: 0 }),
]

test('a leaderboard has a column for each hyperparameter; only a score has a rank', () => {
  expect(formatTrials({ trials, colors })).toEqual([
    'RANK  TRIAL  SCORE   STATE      learning_rate  train_batch_size  TRIES  BILLABLE',
    '1     1      0.8125  completed  3.12e-4        16                1      45s',
    '2     3      0.75    completed  1e-5           -                 2      45s',
    '-     2      -       failed     3.12e-4        16                1      -',
  ])
})

test('on a narrow terminal the hyperparameters have a line of their own', () => {
  const lines = formatTrials({ trials, colors, width: 60 })
  expect(lines.slice(0, 3)).toEqual([
    'RANK  TRIAL  SCORE   STATE      TRIES  BILLABLE',
    '1     1      0.8125  completed  1      45s',
    '      learning_rate 3.12e-4, train_batch_size 16',
  ])
  expect(Math.max(...lines.map(visibleLength))).toBeLessThanOrEqual(60)
})

test('a sweep shows its leaderboard, its counts, what was published and why trials failed', () => {
  const status = aSweepStatus({
    state: 'completed',
    endedAt,
    counts: { started: 3, completed: 2, failed: 1, stopped: 0 },
    running: [],
    top: trials.slice(0, 2),
    failures: [
      aTrial({
        number: 2,
        state: 'failed',
        error: { code: 'E_TRAINING_FAILED', message: '\x1b[31mCUDA out of memory\x1b[0m' },
      }),
    ],
    bestRun: 'reviews-lr-7f3k2m/best',
    published,
  })
  const lines = formatSweepStatus({ status, colors, now })
  expect(lines).toContain('  trials     3 of 6 begun: 2 completed, 1 failed')
  expect(lines).toContain('  best       trial 1, eval_accuracy 0.8125')
  expect(lines).toContain('  best run   reviews-lr-7f3k2m/best')
  expect(lines).toContain('  published  version 3')
  expect(lines).toContain('  trial 2 CUDA out of memory [E_TRAINING_FAILED]')
  expect(lines).toContain('1 more: holdfast sweep show reviews-lr-7f3k2m --all')
  const all = formatSweepStatus({ status, trials, colors, now })
  expect(all.join('\n')).not.toContain('--all')
  expect(all).toContain('-     2      -       failed     3.12e-4        16                1      -')
})

test('a sweep says where it is shown besides, or warns that it is not', () => {
  const shown = (fed: NonNullable<SweepStatus['fed']>) =>
    formatSweepStatus({ status: aSweepStatus({ fed }), colors, now }).at(-1)
  const url = 'http://mlflow/#/experiments/1/runs/2'
  expect(shown({ feed: 'mlflow', url })).toBe(`SHOWN IN mlflow  ${url}`)
  const error = { code: 'E_FEED_UNREACHABLE', message: 'it does not answer' }
  expect(shown({ feed: 'mlflow', error })).toBe(
    'warning: mlflow: it does not answer [E_FEED_UNREACHABLE]',
  )
})

test('a trial that ended is one line, with its score or its error first', () => {
  const line = (trial: ReturnType<typeof aTrial>) =>
    lineOfSweepEvent({ type: 'trialEnded', trial }, 'eval_accuracy')
  expect(line(aTrial({ attempts: 2 }))).toBe(
    'trial 1 completed: eval_accuracy 0.8125 · learning_rate 3.12e-4 · train_batch_size 16 · 2 attempts · 45s',
  )
  const error = { code: 'E_TRAINING_FAILED', message: 'out of memory' }
  expect(line(aTrial({ state: 'failed', score: null, error, billableSeconds: 0 }))).toBe(
    'trial 1 failed: out of memory [E_TRAINING_FAILED] · learning_rate 3.12e-4 · train_batch_size 16',
  )
  expect(lineOfSweepEvent({ type: 'best', trial: aTrial() }, 'eval_accuracy')).toBe(
    'best so far: trial 1, eval_accuracy 0.8125',
  )
})

test('sweeps are listed with how many of their trials have ended', () => {
  const { id, name, pipeline, state, stage, counts, startedAt } = aSweepStatus()
  const { paused, draining } = aSweepStatus()
  const best = { number: 1, score: 0.8125 }
  const facts = { id, name, pipeline, state, stage, paused, draining, counts }
  const sweep = { ...facts, trials: 6, best, startedAt, endedAt: null }
  const listed = [
    sweep,
    { ...sweep, paused: true },
    { ...sweep, draining: true },
    { ...sweep, stage: 'best' as const },
    { ...sweep, state: 'completed' as const, best: null },
  ]
  expect(formatSweeps(listed, colors, now)).toEqual([
    'SWEEP              STATE       ENDED  FAILED  BEST    STARTED       TOOK',
    'reviews-lr-7f3k2m  searching   2/6    1       0.8125  11-23 10:00Z  3m 20s',
    'reviews-lr-7f3k2m  paused      2/6    1       0.8125  11-23 10:00Z  3m 20s',
    'reviews-lr-7f3k2m  draining    2/6    1       0.8125  11-23 10:00Z  3m 20s',
    'reviews-lr-7f3k2m  evaluating  2/6    1       0.8125  11-23 10:00Z  3m 20s',
    'reviews-lr-7f3k2m  completed   2/6    1       -       11-23 10:00Z  3m 20s',
  ])
})

const env = { AWS_REGION: 'eu-west-1', SAGEMAKER_ROLE_ARN: 'arn:aws:iam::111122223333:role/x' }

test('a plan without prices says so, and gives hours', () => {
  const lines = formatSweepPlan(planSweep({ sweep: aSweep(), env }), colors)
  expect(lines[0]).toBe('Plan for reviews-lr')
  expect(lines).toContain('  learning_rate     log-uniform from 1e-5 to 0.001')
  expect(lines).toContain('  size       continuous')
  expect(lines).toContain('  if no attempt is repeated        7 h of ml.g5.xlarge')
  expect(lines.join('\n')).toContain(
    `  price unknown: ml.g5.xlarge (training), ml.g5.2xlarge (training),
                 ml.g5.xlarge (processing)
  to fetch AWS's list: holdfast prices refresh --region eu-west-1`,
  )
})

test('a plan with prices says dollars first, and whose prices they are', () => {
  const price = (instanceType: string, usdPerHour: number): Price => {
    const origin = { region: 'eu-west-1', source: 'sweep.yaml', readAt: '2026-11-24' }
    return { instanceType, use: null, usdPerHour, ...origin }
  }
  const prices = [price('ml.g5.xlarge', 1.5), price('ml.g5.2xlarge', 2)]
  const lines = formatSweepPlan(planSweep({ sweep: aSweep(), prices, env }), colors)
  expect(lines).toContain('  if no attempt is repeated        10.50 USD, 7 h of ml.g5.xlarge')
  expect(lines).toContain('  spot: up to 90 % less, by AWS’s own words; historical unknown')
  expect(lines.join('\n')).toContain(
    '  ml.g5.xlarge 1.5 USD/h on demand, eu-west-1\n    2026-11-24, sweep.yaml',
  )
  expect(lines.join('\n')).not.toContain('unknown:')
})

test('a list breaks between its items, below the first of them', () => {
  const items = ['learning_rate 1e-5', 'warmup 10', 'epochs 3']
  expect(wrapItems({ head: '  1  ', items, width: 36 })).toEqual([
    '  1  learning_rate 1e-5, warmup 10,',
    '     epochs 3',
  ])
})
