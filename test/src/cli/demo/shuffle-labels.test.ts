import { parse } from 'csv-parse/sync'
import { parse as parseYaml } from 'yaml'
import { demoScenario } from '../../../../src/cli/demo/demo-scenario'
import { shuffleLabels } from '../../../../src/cli/demo/shuffle-labels'

const texts = Array.from({ length: 40 }, (_, index) => `Film ${index}, "good" or bad`)
const csv = [
  'text,label',
  ...texts.map(
    (text, index) => `"${text.replaceAll('"', '""')}",${index < 20 ? 'positive' : 'negative'}`,
  ),
].join('\n')

test('shuffled labels keep the texts, their order, and how often each label occurs', () => {
  const rows = parse(shuffleLabels({ csv, column: 'label', seed: 7 }), {
    columns: true,
  }) as unknown as {
    text: string
    label: string
  }[]
  expect(rows.map(({ text }) => text)).toEqual(texts)
  expect(rows.filter(({ label }) => label === 'positive')).toHaveLength(20)
  expect(rows.slice(0, 20).some(({ label }) => label === 'negative')).toBe(true)
})

test('the same seed shuffles in the same way', () => {
  const once = shuffleLabels({ csv, column: 'label', seed: 7 })
  expect(shuffleLabels({ csv, column: 'label', seed: 7 })).toBe(once)
  expect(shuffleLabels({ csv, column: 'label', seed: 8 })).not.toBe(once)
})

test('a column that is not there is named', () => {
  expect(() => shuffleLabels({ csv, column: 'sentiment', seed: 7 })).toThrow(
    'there is no column sentiment (the columns are text, label)',
  )
})

test('the scenario interrupts the first attempt once, or never', () => {
  const scenario = parseYaml(demoScenario({ job: 'reviews-*-a1', interrupt: true })) as unknown
  expect(scenario).toEqual({
    seed: 7,
    timeScale: 10,
    rules: [
      {
        jobs: 'reviews-*-a1',
        when: { logLine: '"event": "metrics", "step": 25,' },
        do: 'interrupt',
        times: 1,
        resumeAfter: '1s',
      },
    ],
  })
  expect(parseYaml(demoScenario({ job: 'reviews-*-a1', interrupt: false }))).toMatchObject({
    rules: [],
  })
})
