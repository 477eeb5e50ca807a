import { colorsFor } from '../../../src/cli/colors'
import { formatModel } from '../../../src/cli/format-model'
import type { ShownModel } from '../../../src/client'
import { aLineage, hash } from '../lineage/a-lineage'

const ref = (packageVersion: number) => ({
  packageVersion,
  modelPackageArn: `arn:${packageVersion}`,
  sha256: hash('a'),
  artifactUri: 's3://b/m/model.tar.gz',
  manifestUri: 's3://b/m/manifest.json',
  run: `reviews-${packageVersion}`,
  metrics: { eval_accuracy: 0.7 + packageVersion / 100 },
  publishedAt: '2026-11-20T10:00:00.000Z',
})

const shown = (changes: Partial<ShownModel> = {}): ShownModel => ({
  lineage: aLineage({
    commit: '1'.repeat(40),
    evaluation: { intervals: { eval_accuracy: { low: 0.78, high: 0.82 } } },
    manifest: {
      gate: {
        passed: true,
        reasons: ['eval_accuracy 0.8000 reaches 0.75'],
        approval: { state: 'approved', by: 'ann', why: 'looks right' },
      },
      files: [{ path: 'model.tar.gz', size: 1_234, sha256: hash('a') }],
    },
  }),
  modelPackageArn: 'arn:3',
  approval: { status: 'Approved', description: null },
  isChampion: true,
  champion: {
    version: 1,
    model: 'reviews',
    champion: ref(3),
    previous: [ref(2), ref(1)],
    movedAt: '2026-11-21T02:00:00.000Z',
    movedBy: 'reviews-3',
  },
  endpoints: ['reviews-prod'],
  allEndpoints: true,
  ...changes,
})
const text = (model: ShownModel) => formatModel(model, colorsFor({}, {})).join('\n')

test('a model is shown with what it was made from, its scores, who let it through, files and champions', () => {
  const told = text(shown())
  for (const part of [
    'the champion, Approved',
    `dataset      ${hash('d')}`,
    '1,500 train and 1,000 test rows',
    `git commit   ${'1'.repeat(40)}`,
    'interruptions  1',
    'on 1000 held-out rows',
    '0.78 to 0.82',
    'eval_accuracy 0.8000 reaches 0.75',
    'approved by ann: looks right',
    `${hash('a')}  1,234 bytes`,
    'reviews-prod',
    'since 2026-11-21T02:00:00Z, by reviews-3',
  ])
    expect(told).toContain(part)
})

test('what an earlier version did not record is left out, and said of the champion', () => {
  const bare = text(
    shown({
      lineage: aLineage({ manifest: { revision: undefined, inputs: undefined, gate: null } }),
      isChampion: null,
      champion: null,
      endpoints: null,
    }),
  )
  expect(bare).toContain('keeps no champion yet')
  for (const part of ['dataset ', 'CHAMPIONS', 'SERVED BY', 'GATE', 'null', 'undefined'])
    expect(bare).not.toContain(part)
})

test('where there are more endpoints than were looked at, that is said', () => {
  const some = text(shown({ endpoints: [], allEndpoints: false }))
  expect(some).toMatch(/SERVED BY\n +… +only the newest endpoints were looked at/)
  expect(text(shown({ endpoints: [] }))).not.toContain('SERVED BY')
})
