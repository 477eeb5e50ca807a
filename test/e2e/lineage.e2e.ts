import type { LineageComparison } from '../../src/lineage/compare'
import type { RunState } from '../../src/run-state'
import { startQuickPlatform, type QuickPlatform } from './support/quick-platform'
import { waitFor } from './support/wait-for'

jest.setTimeout(180_000)

let quick: QuickPlatform
/** Ids of two runs of one pipeline, the second with more steps and other data. */
let first: string
let second: string

beforeAll(async () => {
  quick = await startQuickPlatform()
  const run = async (changes: object) => {
    const handle = await quick.client.run(
      await quick.load({ name: 'lineage', stepSeconds: 0.01, steps: 4, ...changes }),
    )
    expect(await handle.result()).toMatchObject({ state: 'completed' })
    return handle.id
  }
  first = await run({})
  second = await run({ steps: 8, rows: 120 })
})
afterAll(() => quick.stop())

const compare = async (a: string, b: string) => {
  const { code, stdout, stderr } = await quick.cli(['compare', a, b, '--json'])
  expect({ code, stderr }).toMatchObject({ code: 0 })
  return JSON.parse(stdout) as LineageComparison
}
const pathsOf = (differences: { path: string }[]) => differences.map(({ path }) => path)

test('compare names what was changed between two runs: config, data, and nothing of the code', async () => {
  const { config, data, code, metrics } = await compare(first, second)
  expect(config).toEqual([{ path: 'train.hyperparameters.steps', a: 4, b: 8 }])
  expect(pathsOf(data)).toEqual(
    expect.arrayContaining(['dataset', 'dataset.path (content)', 'source', 'rows.train']),
  )
  expect(code).toEqual([])
  expect(metrics).toContainEqual(
    expect.objectContaining({ metric: 'eval_accuracy', a: 1, b: 1, delta: 0 }),
  )
})

test('versions of a model, its champion and runs are compared alike, and in words', async () => {
  const runs = await compare(first, second)
  const versions = await compare('lineage@1', 'lineage')
  expect({ ...versions, a: null, b: null }).toEqual({ ...runs, a: null, b: null })
  expect(versions).toMatchObject({ a: { run: first }, b: { name: 'lineage@2', run: second } })

  const { stdout } = await quick.cli(['compare', 'lineage@1', '-'])
  expect(stdout).toMatch(
    /^lineage@1 → lineage-\w+\n\nCONFIG\n {2}train\.hyperparameters\.steps +4 +→ +8\n/,
  )
  expect(stdout).toContain('CODE the same')
})

test('a run that Temporal has forgotten is still found, by its id and by its place', async () => {
  const { workflow, workflowService } = quick.temporal.temporal
  const { memo } = await workflow.getHandle(first).describe()
  const { prefix } = memo?.['holdfast'] as RunState
  await workflowService.deleteWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: first },
  })
  await waitFor(
    async () => !(await quick.temporal.list('WorkflowType = "pipeline"')).includes(first),
    {
      what: 'end of the retention of a run',
      deadline: 30,
    },
  )
  for (const name of [first, prefix ?? ''])
    expect((await compare(name, second)).config).toMatchObject([{ a: 4, b: 8 }])
})

test('what does not exist is refused by name', async () => {
  for (const [name, code] of [
    ['lineage@99', 'E_MODEL_NOT_FOUND'],
    ['lineage@x', 'E_MODEL_NOT_FOUND'],
    ['no-such-run', 'E_RUN_NOT_FOUND'],
    ['s3://no-such-bucket/runs/x', 'E_NOT_THERE'],
  ] as const) {
    const refused = await quick.cli(['compare', name, second])
    expect({ name, exit: refused.code }).toEqual({ name, exit: 2 })
    expect(refused.stderr).toContain(code)
  }
})
