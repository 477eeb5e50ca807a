import { trainerMetricDefinitions } from '../../../../../src/config/metric-definitions'
import type { FinalMetric } from '../../../../../src/local/sagemaker/jobs/job'
import {
  createMetricScraper,
  metricFaults,
  metricValue,
} from '../../../../../src/local/sagemaker/jobs/metric-scraper'

const at = 1_760_000_000

function scraped(options: {
  definitions?: { Name: string; Regex: string }[]
  lines: string[]
  known?: FinalMetric[]
}) {
  const { definitions = trainerMetricDefinitions, lines, known = [] } = options
  const scraper = createMetricScraper({ definitions, known, now: () => at })
  scraper.take(lines)
  return Object.fromEntries(
    (scraper.changed() ?? []).map(({ MetricName, Value }) => [MetricName, Value]),
  )
}

test('of several values the last one stays, for each metric by itself', () => {
  const lines = [
    "{'loss': 0.75, 'grad_norm': 1.5, 'learning_rate': 1e-05, 'epoch': 0.5}",
    "{'eval_loss': 0.625, 'eval_accuracy': 0.5, 'epoch': 0.5}",
    "{'loss': '0.25', 'grad_norm': '2', 'learning_rate': '5e-06', 'epoch': '1'}",
    '{"eval_loss": -0.3, "eval_accuracy": 0.875}',
    'Saving model checkpoint to /opt/ml/model',
  ]
  expect(scraped({ lines })).toEqual({
    loss: 0.25,
    grad_norm: 2,
    learning_rate: Math.fround(5e-6),
    epoch: 1,
    eval_loss: Math.fround(-0.3),
    eval_accuracy: 0.875,
  })
})

test('what Python prints after a progress bar, in the same line, is found', () => {
  const lines = [" 50%|█████     | 5/10 [00:01<00:01]\r{'loss': 0.5}", 'loss=1 loss=2']
  expect(scraped({ lines })).toEqual({ loss: 0.5 })
  expect(scraped({ lines, definitions: [{ Name: 'l', Regex: 'loss=(\\d)' }] })).toEqual({ l: 2 })
})

test('the default regexes find no nan, so the last number before it stays', () => {
  expect(scraped({ lines: ["{'loss': 0.5}", "{'loss': nan}"] })).toEqual({ loss: 0.5 })
})

test.each([
  ['1e-05', Math.fround(1e-5)],
  [' -0.3 ', Math.fround(-0.3)],
  ['5.', 5],
  ['.5', 0.5],
  ['+7', 7],
  ['nan', 'NaN'],
  ['-inf', '-Infinity'],
  ['Infinity', 'Infinity'],
  ['1e39', 'Infinity'],
  ['', undefined],
  ['0x10', undefined],
  ['1e', undefined],
  ['0.5,', undefined],
])('a group that holds %j is the value %p', (text, value) => {
  expect(metricValue(text)).toBe(value)
})

test.each([
  ['(?i)loss: (?P<value>[0-9.]+)', 'LOSS: 0.5'],
  ['\\Aloss (?:is )?([0-9.]{,5})\\Z', 'loss is 0.5'],
  ['(?P<quote>[\'"])?0.5', "'0.5"],
  ['loss\\\\A ([0-9.]+)', 'loss\\A 0.5'],
  ['\\-\\-loss=([0-9.]+)', '--loss=0.5'],
])('%s is read as Python reads it', (Regex, line) => {
  const found = scraped({ definitions: [{ Name: 'loss', Regex }], lines: [line] })
  expect(found).toEqual(Regex.includes('quote') ? {} : { loss: 0.5 })
})

test('a regex that cannot be used is named with the reason, and the others are', () => {
  const definitions = [
    { Name: 'possessive', Regex: 'a=([0-9]++)' },
    { Name: 'bare', Regex: 'a=[0-9]+' },
    { Name: 'a', Regex: 'a=([0-9]+)' },
  ]
  expect(metricFaults(definitions)).toEqual([
    expect.stringMatching(
      /^the metric possessive is not read: JavaScript cannot read its regex \(/,
    ),
    'the metric bare is not read: its regex has no group to take as value',
  ])
  expect(scraped({ definitions, lines: ['a=7'] })).toEqual({ a: 7 })
})

test('the notices of this server are no lines of the job', () => {
  const definitions = [{ Name: 'n', Regex: '([0-9]+)' }]
  expect(scraped({ definitions, lines: ['sagemaker-local: the image says 7'] })).toEqual({})
})

test('nothing new is nothing to record', () => {
  const scraper = createMetricScraper({
    definitions: trainerMetricDefinitions,
    known: [],
    now: () => at,
  })
  scraper.take(["{'loss': 1}"])
  expect(scraper.changed()).toHaveLength(1)
  expect(scraper.changed()).toBeUndefined()
  scraper.take(['no metric'])
  expect(scraper.changed()).toBeUndefined()
})

test('lines read again after a restart neither set values back nor move their times', () => {
  const known = [
    { MetricName: 'loss', Value: 0.25, Timestamp: 1 },
    { MetricName: 'epoch', Value: 1, Timestamp: 1 },
  ]
  const scraper = createMetricScraper({
    definitions: trainerMetricDefinitions,
    known,
    now: () => at,
  })
  scraper.recall(["{'loss': 0.75, 'epoch': 1}"], { last: false })
  expect(scraper.changed()).toBeUndefined()
  // The last of them was in the log already, but not yet in the record.
  scraper.recall(["{'loss': 0.25}", "{'eval_loss': 0.5}"], { last: true })
  expect(scraper.changed()).toEqual([
    ...known,
    { MetricName: 'eval_loss', Value: 0.5, Timestamp: at },
  ])
})
