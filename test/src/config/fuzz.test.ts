import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { stringify, parse } from 'yaml'
import { ConfigError } from '../../../src/config/fault'
import { formatFaults } from '../../../src/cli/format-faults'
import { parsePipeline } from '../../../src/config/load-pipeline'
import { demo, makeProject } from './helpers'

const project = makeProject()
afterAll(project.remove)

/** Loads, or throws a ConfigError with at least one fault that can be printed. */
function survives(text: string): void {
  try {
    parsePipeline({ text, file: 'pipeline.yaml', baseDir: project.folder, env: {} })
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    expect(error.faults.length).toBeGreaterThan(0)
    expect(formatFaults(error.faults)).toContain('pipeline.yaml')
  }
}

const listing = () => readdirSync(project.folder, { recursive: true }).sort()

describe('whatever a config holds, loading throws nothing but ConfigError and touches nothing', () => {
  const before = listing()
  afterEach(() => expect(listing()).toEqual(before))

  test('for texts with a part replaced', () => {
    const at = fc.nat(demo.length)
    const scrap = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '[',
        '{',
        '&a ',
        '*a',
        '!!x ',
        '<<: ',
        '? ',
        '- ',
        '|\n',
        '\t',
        '%',
        '\0',
        ': ',
        '"',
        '...\n---\n',
      ),
    )
    fc.assert(
      fc.property(at, fc.nat(40), scrap, (start, length, text) =>
        survives(demo.slice(0, start) + text + demo.slice(start + length)),
      ),
      { numRuns: 150 },
    )
  })

  test('for values of any type in any place', () => {
    const config = parse(demo) as Record<string, unknown>
    const paths = [
      ...Object.keys(config).map((key) => [key]),
      ...Object.entries(config).flatMap(([key, value]) =>
        Object.keys(value as object)
          .filter((inner) => typeof value === 'object' && inner !== '')
          .map((inner) => [key, inner]),
      ),
    ]
    fc.assert(
      fc.property(
        fc.constantFrom(...paths),
        fc.jsonValue({ maxDepth: 4 }),
        ([outer = '', inner], value) => {
          const section = config[outer] as Record<string, unknown>
          survives(
            stringify({
              ...config,
              [outer]: inner === undefined ? value : { ...section, [inner]: value },
            }),
          )
        },
      ),
      { numRuns: 150 },
    )
  })

  test('for any text at all', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), survives), {
      numRuns: 150,
    })
  })
})
