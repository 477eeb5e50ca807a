import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import type { Manifest } from '../../src/manifest'
import type { RunStatus } from '../../src/run-state'
import { startQuickPlatform, type QuickPlatform } from './support/quick-platform'

jest.setTimeout(600_000)

let quick: QuickPlatform
beforeAll(async () => {
  quick = await startQuickPlatform()
})
afterAll(() => quick?.stop())

/** Runs the pipeline to its end: what its preprocess said, and where its dataset lies. */
async function run(
  more: Record<string, unknown> = {},
  before: (folder: string) => void = () => undefined,
): Promise<{ note: string; explained: string; dataset: string }> {
  const file = quick.write({ name: 'cached', steps: 4, more })
  before(dirname(file))
  const { code, stdout, stderr } = await quick.cli(['run', '-f', file, '--json', '--explain'])
  if (code !== 0) throw new Error(stderr)
  const status = JSON.parse(stdout) as RunStatus
  const { DataSource } =
    (await quick.aws.trainingJob(status.training.attempts[0]?.jobName ?? '')).InputDataConfig?.find(
      ({ ChannelName }) => ChannelName === 'train',
    ) ?? {}
  return {
    note: status.stages.find(({ name }) => name === 'preprocess')?.note ?? '',
    explained: stderr.split('\n').findLast((line) => line.startsWith('dataset: ')) ?? '',
    dataset: DataSource?.S3DataSource?.S3Uri?.replace(/\/train\/?$/, '') ?? '',
  }
}

async function manifestOf(dataset: string): Promise<Manifest> {
  return JSON.parse(String(await quick.aws.object(`${dataset}/manifest.json`))) as Manifest
}

test('a dataset is reused until something that decides its content changes, which is named', async () => {
  const first = await run()
  expect(first.note).toContain('tokenized 80 train and 20 test rows')
  expect(first.explained).toContain('no earlier dataset of this pipeline')
  const { createdAt } = await manifestOf(first.dataset)

  const second = await run()
  expect(second.note).toMatch(/^reused dataset [0-9a-f]{12} .*nothing tokenized/)
  expect(second.explained).toBe(`dataset: ${second.note}`)
  expect(second.dataset).toBe(first.dataset)
  expect(await manifestOf(first.dataset)).toMatchObject({ createdAt })

  const shorter = await run({ preprocess: { maxLength: 12 } })
  expect(shorter.explained).toContain('changed since the last: preprocess.maxLength 16 → 12')
  expect(shorter.note).toContain('tokenized 80 train and 20 test rows')
  expect(shorter.dataset).not.toBe(first.dataset)

  // The options as at first, and one more row.
  const longer = await run({}, (folder) =>
    appendFileSync(join(folder, 'reviews.csv'), 'review 100: a late one,1\n'),
  )
  expect(longer.explained).toContain('dataset.path (content) changed')
  expect(longer.explained).toContain('preprocess.maxLength 12 → 16')
  expect(longer.note).toContain('tokenized 81 train and 20 test rows')

  // What was made first is still there for whoever asks for it again.
  expect((await run()).note).toContain('reused dataset')
})

test('rows of one’s own are trained on, scored by and published from as they are', async () => {
  const more = {
    dataset: { path: './own', format: 'arrow' },
    preprocess: undefined,
    evaluate: { metric: 'eval_accuracy', atLeast: 0.9, entryPoint: './evaluate.py' },
  }
  const file = quick.write({ name: 'own-rows', steps: 4, more })
  const own = join(dirname(file), 'own')
  for (const [split, rows] of Object.entries({ train: 5, test: 3 })) {
    mkdirSync(join(own, split), { recursive: true })
    writeFileSync(join(own, split, 'state.json'), '{}')
    // What the fixture's evaluation counts.
    writeFileSync(join(own, split, 'data.arrow'), 'review '.repeat(rows))
  }
  const { code, stdout, stderr } = await quick.cli(['run', '-f', file, '--json'])
  expect({ code, stderr }).toMatchObject({ code: 0 })
  const status = JSON.parse(stdout) as RunStatus
  expect(status).toMatchObject({ state: 'completed', published: { version: 1 } })
  const noteOf = (stage: string) => status.stages.find(({ name }) => name === stage)?.note
  expect(noteOf('preprocess')).toMatch(/^took 4 files, .* as they were/)
  expect(noteOf('evaluate')).toBe('3 held-out rows')
  const shown = await quick.cli(['models', 'show', 'own-rows'])
  expect({ code: shown.code, stderr: shown.stderr }).toMatchObject({ code: 0 })
})
