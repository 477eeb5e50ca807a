import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { HoldfastError } from '../../../../../src/errors'
import type { JobRecord } from '../../../../../src/local/sagemaker/jobs/job'
import { dueRule } from '../../../../../src/local/sagemaker/jobs/rules'
import {
  createScenario,
  matchesGlob,
  parseScenario,
} from '../../../../../src/local/sagemaker/jobs/scenario'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-scenario-'))
  file = join(folder, 'scenario.yaml')
})
afterEach(() => rmSync(folder, { recursive: true }))

const logged: string[] = []
const logger = {
  info: () => undefined,
  warn: () => undefined,
  error: (details: object) => void logged.push(JSON.stringify(details)),
}
const open = () => createScenario({ file, logger })

function write(text: string, second: number): void {
  writeFileSync(file, text)
  utimesSync(file, second, second)
}

const job = (name: string, attempt = 1, fired: Record<string, number> = {}) =>
  ({ kind: 'training', name, attempt, fired }) as unknown as JobRecord

test('without a file nothing goes wrong', () => {
  const scenario = open()
  expect(scenario.nextFault('CreateTrainingJob')).toBeUndefined()
  expect(scenario.jobRules('any')).toEqual([])
  expect(scenario).toMatchObject({ seed: 0, timeScale: 1, nastySync: false })
})

test('every fault of a file is named with its line', () => {
  const text = `seed: x
rules: []
`
  expect(() => parseScenario({ text, file })).toThrow(/line 1: seed/)
  const rules = `seed: 1
rules:
  - { jobs: a, do: interrupt }
  - { jobs: a, when: { logLine: "(" }, do: explode, resumeAfter: soon }
  - { operation: CreateTrainingJob, do: crsh }
  - { endpoints: reviews, do: outOfOrder }
`
  let error: unknown
  try {
    parseScenario({ text: rules, file })
  } catch (thrown) {
    error = thrown
  }
  expect(error).toBeInstanceOf(HoldfastError)
  const { code, what } = error as HoldfastError
  expect(code).toBe('E_SCENARIO_INVALID')
  expect(what).toMatch(/line 3: rules.0.when/)
  expect(what).toMatch(/line 4: rules.1.do/)
  expect(what).toMatch(/line 4: rules.1.resumeAfter: `soon` is not a duration/)
  expect(what).toMatch(/line 5: rules.2.do/)
  expect(what).toMatch(/line 6: rules.3.do/)
  expect(() => parseScenario({ text: 'rules: [', file })).toThrow(/line 1/)
  expect(() => parseScenario({ text: '- a\n', file })).toThrow(/expected a mapping/)
})

test('a job is held in Stopping and nowhere else', () => {
  const rules = (rule: string) => () => parseScenario({ text: `rules: [${rule}]`, file })
  expect(rules('{ when: { phase: Stopping }, do: hold }')().jobs).toHaveLength(1)
  expect(rules('{ when: { phase: Training }, do: hold }')).toThrow(/line 1: rules.0.do: `hold` and/)
  expect(rules('{ when: { phase: Stopping }, do: interrupt }')).toThrow(/`hold` and/)
})

test('updates of an endpoint end as its rules say, each endpoint so many times', () => {
  write(
    'rules: [{ endpoints: "rev*", do: outOfService, times: 2 }, { endpoints: reviews, do: updateRollbackFailed }]\n',
    1000,
  )
  const scenario = open()
  const ends = (name: string, count: number) =>
    Array.from({ length: count }, () => scenario.nextEndpointFault(name))
  const out = ['outOfService', 'outOfService']
  expect(ends('reviews', 4)).toEqual([...out, 'updateRollbackFailed', undefined])
  expect(ends('revised', 3)).toEqual([...out, undefined])
  expect(ends('other', 1)).toEqual([undefined])
})

test('a changed file is read again, and a bad one leaves the last good one in force', () => {
  write('timeScale: 2\n', 1000)
  const scenario = open()
  expect(scenario.timeScale).toBe(2)
  write('timeScale: 5\n', 2000)
  expect(scenario.timeScale).toBe(5)
  logged.length = 0
  write('timeScale: fast\n', 3000)
  expect(scenario.timeScale).toBe(5)
  expect(scenario.timeScale).toBe(5)
  expect(logged).toHaveLength(1)
  expect(logged[0]).toMatch(/line 1: timeScale/)
})

test('a file that is empty because it is being written leaves what it said in force; one that stays empty says nothing', () => {
  write('timeScale: 2\n', 1000)
  const scenario = open()
  expect(scenario.timeScale).toBe(2)
  // In a while: it was emptied a moment ago, however long this machine takes to look.
  write('', Date.now() / 1000 + 3_600)
  expect(scenario.timeScale).toBe(2)
  utimesSync(file, 2000, 2000)
  expect(scenario.timeScale).toBe(open().timeScale)
  expect(scenario.timeScale).not.toBe(2)
})

test('a fault fires as often as it says, across restarts of the server', () => {
  write(
    'rules:\n  - { operation: CreateTrainingJob, do: crash }\n  - { operation: CreateTrainingJob, do: hang, times: 2 }\n',
    1000,
  )
  expect(open().nextFault('DescribeTrainingJob')).toBeUndefined()
  expect(open().nextFault('CreateTrainingJob')).toBe('crash')
  const scenario = open()
  expect([1, 2, 3].map(() => scenario.nextFault('CreateTrainingJob'))).toEqual([
    'hang',
    'hang',
    undefined,
  ])
})

test('a probability draws the same for the same seed, whatever else happens', () => {
  const rule = '  - { operation: Op, do: throttle, times: 1000, probability: 0.3 }\n'
  const draw = (name: string, seed: number) => {
    file = join(folder, name)
    write(`seed: ${seed}\nrules:\n${rule}`, 1000)
    const scenario = open()
    return Array.from({ length: 200 }, () => scenario.nextFault('Op') ?? '-')
  }
  const first = draw('a.yaml', 7)
  expect(draw('b.yaml', 7)).toEqual(first)
  expect(draw('c.yaml', 8)).not.toEqual(first)
  const hits = first.filter((fault) => fault === 'throttle').length
  expect(hits).toBeGreaterThan(35)
  expect(hits).toBeLessThan(90)
})

test('a job rule is due at its moment, for its jobs, as often as it says', () => {
  write(
    `rules:
  - { jobs: "reviews-*-a1", when: { checkpoint: 2 }, do: interrupt, resumeAfter: 1500ms }
  - { when: { logLine: "loss.*nan" }, do: internalError }
  - { when: { seconds: 5 }, do: maxWait }
  - { when: { phase: Starting }, do: capacityError, probability: 0 }
`,
    1000,
  )
  const scenario = open()
  const due = (
    name: string,
    moment: Parameters<typeof dueRule>[0]['moment'],
    spot = true,
    fired = {},
  ) => dueRule({ scenario, job: job(name, 1, fired), spot, moment })
  expect(due('reviews-x-a1', { checkpoints: 1 })).toBeUndefined()
  expect(due('reviews-x-a1', { checkpoints: 2 })?.ending).toEqual({
    do: 'interrupt',
    resumeAfterSeconds: 1.5,
  })
  expect(due('reviews-x-a2', { checkpoints: 2 })).toBeUndefined()
  expect(due('reviews-x-a1', { checkpoints: 2 }, false)).toMatchObject({ ending: undefined })
  const key = scenario.jobRules('reviews-x-a1')[0]?.key ?? ''
  expect(due('reviews-x-a1', { checkpoints: 2 }, true, { [key]: 1 })).toBeUndefined()
  expect(due('any', { lines: ['fine', 'loss is nan'] })?.ending).toMatchObject({ do: 'fail' })
  expect(due('any', { seconds: 4.9 })).toBeUndefined()
  expect(due('any', { seconds: 5 })?.ending).toEqual({ do: 'stop', because: 'maxWait' })
  expect(due('any', { phase: 'Starting' })).toBeUndefined()
})

test('globs know * and ? and take everything else as it is', () => {
  expect(matchesGlob('*', 'a-b')).toBe(true)
  expect(matchesGlob('a.?', 'a.b')).toBe(true)
  expect(matchesGlob('a.?', 'axb')).toBe(false)
  expect(matchesGlob('a*c', 'abd')).toBe(false)
})
