import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { ConfigError } from '../../../src/config/fault'
import { parsePipeline } from '../../../src/config/load-pipeline'
import { packageRoot } from '../../../src/package-root'
import { planPipeline } from '../../../src/plan'
import { makeProject } from '../config/helpers'
import { rows } from './argument-rows'
import type { OfferedRow } from './argument-rows'
import { argumentTable, isRefused, keyOf, sdk } from './argument-table'

const project = makeProject()
afterAll(project.remove)

const plain: Record<string, unknown> = {
  entryPoint: 'train.py',
  sourceDir: './training',
  transformersVersion: '4.56',
  pytorchVersion: '2.8',
  pyVersion: 'py312',
  instanceType: 'ml.g5.xlarge',
}

function pipelineWith({ yaml, without = [] }: { yaml: string; without?: string[] }) {
  const kept = Object.entries(plain).filter(([key]) => !without.includes(key))
  const train = { ...Object.fromEntries(kept), ...(parse(yaml) as object) }
  const text = stringify({ name: 'reviews', train })
  return parsePipeline({ text, file: 'pipeline.yaml', baseDir: project.folder, env: {} }).pipeline
}

/** What the row looks at: the request of the training job, or the pipeline. */
function subjectOf(row: OfferedRow): unknown {
  const pipeline = pipelineWith(row)
  if (row.of === 'pipeline') return pipeline
  const { calls } = planPipeline({
    pipeline,
    session: { region: 'us-east-1', account: '111122223333' },
    env: { SAGEMAKER_ROLE_ARN: 'arn:aws:iam::111122223333:role/worker' },
  })
  return calls.find(({ op }) => op === 'CreateTrainingJob')?.params
}

function valueAt(subject: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], subject)
}

test.each(rows.filter((row): row is OfferedRow => !isRefused(row)))(
  '$argument is said by its key and reaches $path',
  (row) => {
    expect(Object.keys(parse(row.yaml) as object)).toContain(keyOf(row))
    const value = valueAt(subjectOf(row), row.path)
    if (row.value instanceof RegExp) expect(value).toMatch(row.value)
    else expect(value).toEqual(row.value)
  },
)

test.each(rows.filter(isRefused))('$argument is refused with a hint', (row) => {
  const faults = () => {
    try {
      pipelineWith(row)
      return []
    } catch (error) {
      if (error instanceof ConfigError) return error.faults
      throw error
    }
  }
  expect(faults()).toEqual([
    expect.objectContaining({
      path: `train.${keyOf(row)}`,
      message: 'Holdfast decides this',
      hint: expect.stringMatching(/./) as string,
    }),
  ])
})

test('every argument of the SDK has one row, and no row is of anything else', () => {
  const documented = rows.map(({ argument }) => argument).sort()
  expect(documented).toEqual(sdk.arguments.map(({ argument }) => argument).sort())
})

test('docs/estimator.md is the table of the rows', () => {
  const file = join(packageRoot(), 'docs/estimator.md')
  if (process.env['WRITE_DOCS'] === '1') writeFileSync(file, argumentTable())
  expect(readFileSync(file, 'utf8')).toBe(argumentTable())
})
