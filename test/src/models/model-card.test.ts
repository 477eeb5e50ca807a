import { parse } from 'yaml'

import { evalResults, modelCard } from '../../../src/models/model-card'
import { buildModelRecord, type ModelRecord } from '../../../src/models/model-record'
import { pipeline } from '../plan/pipeline'

const sha256 = 'ab'.repeat(32)
const hostile = 'x\n---\nlicense: stolen\n<script>alert(1)</script> | `code` [link](http://evil)'

function record(over: { label?: string; dataset?: string; path?: string } = {}): ModelRecord {
  const { label = 'pos', dataset, path = 'model.safetensors' } = over
  return buildModelRecord({
    site: {
      account: '111122223333',
      region: 'us-east-1',
      bucket: 'b',
      root: 's3://b/holdfast',
      run: 's3://b/holdfast/runs/r',
      runId: 'r',
      firstRunId: '1',
    },
    pipeline: { ...pipeline, publish: { model: 'reviews', ...(dataset ? { dataset } : {}) } },
    revision: { data: 'd1', model: 'm1', code: 'c1', config: 'f1', commit: 'c'.repeat(40) },
    model: 'reviews',
    artifact: { sha256, size: 7 },
    evaluation: {
      metrics: { eval_accuracy: 0.8, eval_loss: NaN },
      rows: 1_000,
      labels: ['neg', label],
      artifactSha256: sha256,
      ...{ intervals: { eval_accuracy: { low: 0.77, high: 0.83 } }, level: 0.95 },
    },
    gate: { passed: true, reasons: ['eval_accuracy 0.8000 reaches 0.75'] },
    attempts: [
      {
        jobName: 'reviews-a1',
        placement: { instanceType: 'ml.g5.xlarge', useSpotInstances: true },
        status: 'Completed',
        secondaryStatus: 'Completed',
        interruptions: 2,
        resumedFromStep: 4,
        stepsLost: 1,
        trainingSeconds: 1_200,
        billableSeconds: 400,
        costUsd: 0.156,
        runner: 'sagemaker',
      },
    ],
    images: { training: 'train:1', serving: 'serve:1' },
    inspected: { files: [{ path, size: 7, sha256 }], pickles: [] },
    createdAt: new Date('2026-11-28T00:00:00Z'),
  })
}

const frontOf = (card: string): Record<string, unknown> =>
  parse(card.split('---\n')[1] ?? '') as Record<string, unknown>

test('the card tells scores with their intervals, cost, interruptions and where all of it came from', () => {
  const card = modelCard(record())
  for (const told of [
    '| `eval_accuracy` | 0.8000 | 0.7700 to 0.8300 |',
    '| interruptions survived | 2 |',
    '| billed | 400 s |',
    '0.16 US dollars',
    'c'.repeat(40),
    'train:1',
    sha256,
  ])
    expect(card).toContain(told)
  expect(frontOf(card)).toMatchObject({
    pipeline_tag: 'text-classification',
    metrics: ['accuracy'],
    'model-index': [
      { name: 'reviews', results: [{ metrics: [{ type: 'accuracy', value: 0.8 }] }] },
    ],
  })
  expect(modelCard(record())).toBe(card)
})

test('the card names the task that the model was scored as', () => {
  const plain = record()
  const evaluate = { ...plain.pipeline.evaluate, task: 'token-classification' as const }
  const task = 'token-classification'
  expect(frontOf(modelCard({ ...plain, pipeline: { ...plain.pipeline, evaluate } }))).toMatchObject(
    {
      pipeline_tag: task,
      'model-index': [{ results: [{ task: { type: task } }] }],
    },
  )
})

test('texts of users end no line, no table cell and no front matter', () => {
  const plain = modelCard(record())
  const card = modelCard(
    record({ label: hostile, path: hostile, dataset: `me/x"\n---\nlicense: stolen` }),
  )
  expect(frontOf(card)).not.toHaveProperty('license')
  const body = (text: string) => text.slice(text.indexOf('\n# '))
  expect(body(card).split('\n')).toHaveLength(body(plain).split('\n').length)
  // Angle brackets stand in code spans only, which the text itself cannot end.
  for (const line of body(card)
    .split('\n')
    .filter((each) => each.includes('<script>')))
    expect(line.replace(/`[^`]*`/g, '')).not.toContain('<script>')
})

test('results of evaluation are written for data of the Hub alone', () => {
  expect(evalResults(record())).toBeNull()
  expect(parse(evalResults(record({ dataset: 'me/reviews' })) ?? '')).toMatchObject([
    { dataset: { id: 'me/reviews', task_id: 'default' }, value: 0.8 },
  ])
})
