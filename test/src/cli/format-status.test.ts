import { colorsFor } from '../../../src/cli/colors'
import { describeRun } from '../../../src/cli/describe-run'
import { formatModels, formatRuns } from '../../../src/cli/format-lists'
import { formatStatus } from '../../../src/cli/format-status'
import { formatSummary, totalsOf } from '../../../src/cli/format-summary'
import { aStatus, anAttempt } from './a-status'

const colors = colorsFor({}, {})
const now = Date.parse('2026-11-23T10:03:00.000Z')

test('status begins with one sentence that says where the run stands', () => {
  const [first] = formatStatus({ status: aStatus(), colors, now })
  expect(first).toBe('reviews-1a2b completed in 2m 5s and published version 3.')
})

test('status of an interrupted run shows what the interruption cost', () => {
  const lines = formatStatus({ status: aStatus(), colors, now })
  const text = lines.join('\n')
  expect(lines).toContain('  1  reviews-0123456789-a1  ml.g5.xlarge spot  Completed')
  expect(lines).toContain('     1 interruption, resumed from step 20, 3 steps trained again')
  expect(lines).toContain('     training 1m 40s, billable 30s (illustrative), runner toolkit')
  expect(text).toContain('GATE passed')
  expect(text).toContain('eval_accuracy  0.7812')
})

test('status warns of checkpoints that no longer reach S3', () => {
  const sync = { state: 'stalled', step: 30, ageSeconds: 800, intervalSeconds: 100 } as const
  const attempt = anAttempt({ status: 'InProgress', secondaryStatus: 'Training', sync })
  const status = aStatus({ state: 'running', stage: 'train', training: { attempts: [attempt] } })
  expect(formatStatus({ status, colors, now })).toContain(
    '     warning: CHECKPOINT_SYNC_STALLED: no new checkpoint in S3 for 800 s, usually one every 100 s; the newest is of step 30',
  )
})

test('a run that waits for spot capacity says so', () => {
  const attempt = anAttempt({ status: 'InProgress', secondaryStatus: 'Interrupted' })
  const status = aStatus({
    state: 'running',
    stage: 'train',
    endedAt: null,
    published: null,
    training: { attempts: [attempt] },
  })
  expect(describeRun(status, now)).toBe(
    'reviews-1a2b had its spot capacity taken back and waits for ml.g5.xlarge (spot) ' +
      'to go on with reviews-0123456789-a1, 3m after its start.',
  )
})

test('a rejected run says the numbers, and that nothing was published', () => {
  const status = aStatus({
    state: 'rejected',
    published: null,
    gate: { passed: false, reasons: ['eval_accuracy 0.5 is below 0.75'] },
  })
  expect(describeRun(status, now)).toBe(
    'reviews-1a2b was rejected by its gate: eval_accuracy 0.5 is below 0.75. Nothing was published.',
  )
})

test("a failed run shows its error and the tail of the job's log as plain text", () => {
  const status = aStatus({
    state: 'failed',
    stage: 'train',
    published: null,
    gate: null,
    metrics: {},
    error: {
      code: 'E_JOB_FAILED',
      message: 'the training script raised',
      hint: 'mend the script',
      logTail: ['Traceback (most recent call last):', '\x1b[31mValueError: no\x1b[0m'],
    },
  })
  const lines = formatStatus({ status, colors, now })
  expect(lines[0]).toBe('reviews-1a2b failed in train: the training script raised.')
  expect(lines).toContain('    | ValueError: no')
  expect(lines).toContain('  code:  E_JOB_FAILED')
})

test('a run with no stage begun is waiting for a worker', () => {
  const status = aStatus({ state: 'running', stage: 'preprocess', endedAt: null, stages: [] })
  expect(describeRun({ ...status, training: { attempts: [] } }, now)).toBe(
    'reviews-1a2b is waiting for a worker, 3m after its start.',
  )
})

test('totals are taken over all attempts of a run', () => {
  const first = anAttempt({ interruptions: 2, resumedFromStep: 20, stepsLost: 4 })
  const second = anAttempt({
    interruptions: 0,
    resumedFromStep: 0,
    stepsLost: 0,
    billableSeconds: 70,
  })
  expect(totalsOf(aStatus({ training: { attempts: [first, second] } }))).toEqual({
    attempts: 2,
    interruptions: 2,
    resumedFromStep: 20,
    stepsLost: 4,
    trainingSeconds: 200,
    billableSeconds: 100,
    savings: 0.5,
    wastedSeconds: 0,
    costUsd: null,
    illustrative: true,
  })
})

test('the summary tells accuracy, interruptions and where the model is', () => {
  const text = formatSummary({ status: aStatus(), colors, totalSeconds: 130 }).join('\n')
  expect(text).toMatch(/accuracy +0\.7812/)
  expect(text).toMatch(/interruptions +1 \(resumed from step 20, 3 trained again\)/)
  expect(text).toMatch(
    /billable time +30s \(illustrative: nothing is billed on the local platform\)/,
  )
  expect(text).toContain('s3://bucket/holdfast/models/reviews/aa/model.tar.gz')
  expect(text).toContain('aa'.repeat(32))
  expect(text).toMatch(/total time +2m 10s/)
})

test('savings are told of the real service only, which measures them', () => {
  const status = aStatus({ training: { attempts: [anAttempt({ runner: 'sagemaker' })] } })
  const summary = formatSummary({ status, colors, totalSeconds: 130 }).join('\n')
  expect(summary).toMatch(/billable time +30s \(70% saved by spot\)/)
  expect(formatStatus({ status, colors, now })).toContain(
    '     training 1m 40s, billable 30s, runner sagemaker',
  )
})

test('what an attempt wasted and cost is told for all of them together, where it is known', () => {
  const lost = anAttempt({
    status: 'Failed',
    runner: 'sagemaker',
    stepsLost: 0,
    lastSavedStep: 90,
    billableSeconds: 60,
    costUsd: 0.6,
  })
  const done = anAttempt({
    runner: 'sagemaker',
    stepsLost: 10,
    lastSavedStep: 190,
    billableSeconds: 40,
    costUsd: 0.4,
  })
  const status = aStatus({ training: { attempts: [lost, done] } })
  expect(formatStatus({ status, colors, now })).toContain(
    '  all  training 3m 20s, billable 1m 40s, 50% saved, 10s in vain, cost 1.00 USD',
  )
  const summary = formatSummary({ status, colors, totalSeconds: 130 }).join('\n')
  expect(summary).toMatch(/wasted time +10s, trained in vain/)
  expect(summary).toMatch(/cost +1\.00 USD/)
  const unpriced = aStatus({ training: { attempts: [lost, anAttempt()] } })
  expect(formatSummary({ status: unpriced, colors, totalSeconds: 1 }).join()).toMatch(
    /cost +unknown/,
  )
})

test('ls shows a line per run, and says so when there is none', () => {
  const run = {
    id: 'reviews-1a2b',
    pipeline: 'reviews',
    state: 'completed' as const,
    stage: 'publish',
    awaitsApproval: false,
    startedAt: '2026-11-23T10:00:00.000Z',
    endedAt: '2026-11-23T10:02:05.000Z',
    score: 0.7812,
    attempts: 1,
  }
  const [header, line] = formatRuns([run], colors, now)
  expect(header).toMatch(/^RUN +STATE +STAGE +SCORE +ATTEMPTS +STARTED +TOOK$/)
  expect(line).toMatch(/^reviews-1a2b +completed +0\.7812 +1 +2026-11-23 10:00:00Z +2m 5s$/)
  expect(formatRuns([], colors, now).join()).toContain('holdfast run')
})

test('models are listed with their scores', () => {
  const model = {
    model: 'reviews',
    version: 3,
    modelPackageArn: 'arn',
    artifactUri: 's3://b/k',
    sha256: 'aa'.repeat(32),
    metrics: { eval_loss: 0.5, eval_accuracy: 0.7812 },
    run: 'reviews-1a2b',
    createdAt: '2026-11-23T10:02:05.000Z',
    status: 'Approved',
  }
  const later = Date.parse('2026-11-25T13:02:05.000Z')
  const told = (shown: Parameters<typeof formatModels>[0], width?: number) =>
    formatModels(shown, { colors, now: later, width })
  expect(told([model])[1]).toMatch(/^reviews +3 +Approved +accuracy 0\.7812 +reviews-1a2b +2d 3h$/)
  expect(told([{ ...model, champion: true }])[1]).toMatch(/^reviews +3 \* /)
  expect(told([])).toEqual(['Nothing is published yet.'])

  // A narrow terminal is told what fits: the scores to the last.
  const heads = [80, 60, 45, 35, 10].map((width) => told([model], width)[0]?.split(/ +/).join(' '))
  expect(heads).toEqual([
    'MODEL VERSION STATUS METRICS RUN AGE',
    'MODEL VERSION STATUS METRICS AGE',
    'MODEL VERSION METRICS AGE',
    'MODEL VERSION METRICS',
    'MODEL VERSION METRICS',
  ])
})

test('a run that asks a person says how to answer, and one that ended so says that nobody did', () => {
  const approval = {
    state: 'awaiting' as const,
    since: '2026-11-23T10:02:00.000Z',
    until: '2026-11-24T10:02:00.000Z',
    onTimeout: 'reject' as const,
  }
  const gate = { passed: true, reasons: ['eval_accuracy 0.7812 reaches 0.75'], approval }
  const shown = (state: 'running' | 'failed') =>
    formatStatus({ status: aStatus({ state, stage: 'gate', gate }), colors, now }).join('\n')
  expect(shown('running')).toMatch(
    /is awaiting approval: `holdfast approve \S+` or `holdfast reject \S+ --why …`; otherwise it is rejected at 2026-11-24T10:02Z/,
  )
  expect(shown('running')).toContain('GATE awaiting approval')
  expect(shown('failed')).toContain('GATE ended before a decision')
})
