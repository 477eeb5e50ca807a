import { ListBucketsCommand } from '@aws-sdk/client-s3'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import type { RunStatus } from '../../src/run-state'
import { startQuickPlatform, type QuickPlatform } from './support/quick-platform'

jest.setTimeout(300_000)

let quick: QuickPlatform
beforeAll(async () => {
  quick = await startQuickPlatform()
})
afterAll(() => quick?.stop())

/** Every kind of fault that the issue names. */
const badConfig = `name: bad
dataset:
  path: ./missing.csv
  split: { test: 0.2, seed: 7 }
model: ./model
preprocess:
  maxLength: long
train:
  entryPont: train.py
  sourceDir: ./code
  transformersVersion: '4.56'
  pytorchVersion: '2.8'
  pyVersion: py312
  instanceType: ml.g5.xlarge
  useSpotInstances: true
  maxRun: 2h
  maxWait: 30m
  checkpointS3Uri: null
evaluate: { metric: eval_accuracy, maxRun: 3600 }
`

test('a bad config is refused with all its faults by line and column, and nothing is created', async () => {
  const folder = dirname(quick.write({ name: 'bad' }))
  writeFileSync(join(folder, 'bad.yaml'), badConfig)
  const { code, stdout, stderr } = await quick.cli(['run', '-f', 'bad.yaml'], { cwd: folder })
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  const places = stderr.split('\n').filter((line) => line.startsWith('bad.yaml:'))
  expect(places).toEqual([
    expect.stringMatching(/^bad\.yaml:3:9 dataset\.path: no such file/),
    expect.stringMatching(/^bad\.yaml:7:14 preprocess\.maxLength: expected a number, found text/),
    expect.stringMatching(/^bad\.yaml:9:3 train\.entryPont: unknown key/),
    expect.stringMatching(/^bad\.yaml:17:12 train\.maxWait: shorter than maxRun/),
    expect.stringMatching(/^bad\.yaml:18:20 train\.checkpointS3Uri: spot training without/),
    expect.stringMatching(/^bad\.yaml:19:44 evaluate\.maxRun: a bare number is not a duration/),
  ])
  expect(stderr).toContain('did you mean "entryPoint"?')
  expect(stderr).toContain('E_CONFIG')
  await expectNothing()
})

test('a config that SageMaker would refuse is refused before anything is created', async () => {
  const more = { tags: Object.fromEntries(Array.from({ length: 46 }, (_, n) => [`tag-${n}`, 'x'])) }
  const { code, stderr } = await quick.cli(['run', '-f', quick.write({ name: 'tags', more })])
  expect(code).toBe(2)
  expect(stderr).toMatch(/tags: 46 tags; 45 are left/)
  await expectNothing()
})

/** Before the first run of this platform: no workflow, no job, not even a bucket. */
async function expectNothing(): Promise<void> {
  expect(await quick.client.list()).toEqual([])
  expect(await quick.aws.trainingJobs('-')).toEqual([])
  expect(await quick.aws.processingJobs('-')).toEqual([])
  expect((await quick.aws.s3.send(new ListBucketsCommand({}))).Buckets ?? []).toEqual([])
}

/** 60 good rows, some of which `change` spoils; row n stands on line n + 2. */
function writeData(folder: string, change: (rows: string[]) => void): string {
  const rows = Array.from({ length: 60 }, (_, row) =>
    row % 2 === 0 ? `review ${row}: a good film,1` : `review ${row}: the plot was dull,0`,
  )
  change(rows)
  const text = `text,label\n${rows.join('\n')}\n`
  mkdirSync(folder, { recursive: true })
  const path = join(folder, 'spoilt.csv')
  // As latin-1, ÿ is a byte that UTF-8 never has.
  writeFileSync(path, Buffer.from(text, 'latin1'))
  return path
}

const spoil = {
  emptyText: (rows: string[]): void => void (rows[3] = ',0'),
  missingLabel: (rows: string[]): void => void (rows[5] = 'review 5: of what,'),
  thirdLabel: (rows: string[]): void => void (rows[7] = 'review 7: who knows,maybe'),
  brokenUtf8: (rows: string[]): void => void (rows[9] = 'review 9: caf\u00ff,0'),
}

test.each([
  ['an empty text', spoil.emptyText, 'E_DATA_INVALID', /1 row .*empty text: 1 \(spoilt\.csv:5\)/],
  ['a missing label', spoil.missingLabel, 'E_DATA_INVALID', /missing label: 1 \(spoilt\.csv:7\)/],
  [
    'an unexpected third label',
    spoil.thirdLabel,
    'E_DATA_RARE_LABEL',
    /unexpected label: 1 \(spoilt\.csv:9 "maybe"\)/,
  ],
  [
    'broken UTF-8',
    spoil.brokenUtf8,
    'E_DATA_INVALID',
    /broken UTF-8: 1 \(spoilt\.csv:11 byte \d+\)/,
  ],
])('a dataset with %s fails in preprocess with its place', async (what, change, code, place) => {
  const name = what.replace(/\W+/g, '-').toLowerCase()
  const status = await runSpoilt({ name, change, dataset: {} })
  expect(status).toMatchObject({ exitCode: 1, state: 'failed', stage: 'preprocess' })
  expect(status.error).toMatchObject({ code, message: expect.stringMatching(place) as string })
  expect(status.error?.hint).toMatch(/mend the rows/)
  expect(status.training.attempts).toEqual([])
  expect(await quick.aws.trainingJobs(name)).toEqual([])
})

test('with onInvalid: drop such rows are left out, counted by kind, and reported', async () => {
  const change = (rows: string[]): void => Object.values(spoil).forEach((each) => each(rows))
  const dataset = { onInvalid: 'drop' }
  const status = await runSpoilt({ name: 'dropping', change, dataset })
  expect(status).toMatchObject({ exitCode: 0, state: 'completed' })
  const note = status.stages.find(({ name }) => name === 'preprocess')?.note ?? ''
  expect(note).toContain('dropped 4 of 60 rows')
  for (const kind of ['empty text 1', 'missing label 1', 'unexpected label 1', 'broken UTF-8 1']) {
    expect(note).toContain(kind)
  }
})

async function runSpoilt(options: {
  name: string
  change: (rows: string[]) => void
  dataset: object
}): Promise<RunStatus & { exitCode: number | null }> {
  const { name, change } = options
  const split = { test: 0.2, seed: 7 }
  const dataset = { path: './spoilt.csv', split, ...options.dataset }
  const file = quick.write({ name, steps: 4, more: { dataset } })
  writeData(dirname(file), change)
  const { code, stdout, stderr } = await quick.cli(['run', '-f', file, '--json'])
  if (stdout === '') throw new Error(`${stderr}\n${readFileSync(file, 'utf8')}`)
  return { ...(JSON.parse(stdout) as RunStatus), exitCode: code }
}
