import fc from 'fast-check'
import { parse, stringify } from 'yaml'
import { ConfigError } from '../../../src/config/fault'
import { formatFaults } from '../../../src/cli/format-faults'
import { loadSweep } from '../../../src/config/load-sweep'
import { propose } from '../../../src/sweep/propose'
import { demo, makeProject } from './helpers'
import { sweepDemo } from './sweep-helpers'

jest.setTimeout(60_000)

const project = makeProject()
project.write('pipeline.yaml', demo)
afterAll(project.remove)

/** Loads a sweep whose first trial can be proposed, or throws a ConfigError that can be printed. */
async function survives(text: string): Promise<void> {
  try {
    const { sweep } = await loadSweep({ path: project.write('sweep.yaml', text), env: {} })
    const { parameters, method, seed, runCap } = sweep
    for (const number of [1, runCap]) {
      expect(propose({ parameters, method, seed, number })).not.toBeNull()
    }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    expect(error.faults.length).toBeGreaterThan(0)
    expect(formatFaults(error.faults)).toContain('.yaml')
  }
}

describe('whatever a sweep holds, loading throws nothing but ConfigError, and what loads can be run', () => {
  test('for texts with a part replaced', async () => {
    const scrap = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('[', '{', '&a ', '*a', '!!x ', '<<: ', '? ', '|\n', '\0', ': ', '"', '.nan'),
    )
    await fc.assert(
      fc.asyncProperty(fc.nat(sweepDemo.length), fc.nat(40), scrap, (start, length, text) =>
        survives(sweepDemo.slice(0, start) + text + sweepDemo.slice(start + length)),
      ),
      { numRuns: 100 },
    )
  })

  test('for values of any type in any place', async () => {
    const config = parse(sweepDemo) as Record<string, unknown>
    const keys = [...Object.keys(config), 'prices', 'publishBest', 'maxConsecutiveFailures']
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...keys), fc.jsonValue({ maxDepth: 4 }), (key, value) =>
        survives(stringify({ ...config, [key]: value })),
      ),
      { numRuns: 100 },
    )
  })

  test('for any mixture of the keys of a parameter', async () => {
    const config = parse(sweepDemo) as Record<string, unknown>
    const number = fc.oneof(fc.integer({ min: -3, max: 40 }), fc.double(), fc.constant(1e-5))
    const names = ['uniform', 'int_uniform', 'q_uniform', 'log_uniform_values', 'log_uniform']
    const more = [
      'q_log_uniform_values',
      'int_log_uniform',
      'normal',
      'q_log_normal',
      'categorical',
    ]
    const entry = fc.record(
      {
        value: fc.jsonValue({ maxDepth: 1 }),
        values: fc.array(fc.jsonValue({ maxDepth: 1 }), { maxLength: 3 }),
        probabilities: fc.array(fc.constantFrom(0.5, 0.25, 1), { maxLength: 3 }),
        distribution: fc.constantFrom(...names, ...more),
        min: number,
        max: number,
        q: number,
        mu: number,
        sigma: number,
        when: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom(1, 16, [1, 16], [])),
      },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom('a', 'b', 'c'), entry, { minKeys: 1 }),
        fc.constantFrom('grid', 'random', 'sobol'),
        (parameters, method) =>
          survives(
            stringify({
              ...config,
              method,
              parallel: 1,
              parameters: { z: { values: [1, 16] }, ...parameters },
            }),
          ),
      ),
      { numRuns: 150 },
    )
  })
})
