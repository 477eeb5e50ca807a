import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { createWorker } from '../../src/worker'
import { startQuickPlatform, type QuickPlatform } from './support/quick-platform'
import { startProgram, type StartedCli } from './support/run-cli'
import { makeUsersProject } from './support/users-project'
import { waitFor, within } from './support/wait-for'

jest.setTimeout(400_000)

const examples = ['activities', 'start', 'worker', 'workflows'].map(
  (name) => `own-worker/${name}.ts`,
)

let quick: QuickPlatform
let programs: string
const workers: StartedCli[] = []
beforeAll(async () => {
  quick = await startQuickPlatform()
  const folder = join(quick.folder, 'project')
  mkdirSync(join(folder, 'own-worker'), { recursive: true })
  programs = join(makeUsersProject({ folder, examples }), 'own-worker')
})
afterAll(async () => {
  for (const worker of workers) worker.process.kill('SIGKILL')
  await quick?.stop()
})

function start(program: string, ...args: string[]) {
  const options = { cwd: quick.folder, env: quick.platform.env, timeout: 350 }
  return startProgram([join(programs, program), ...args], options)
}

test("a team's own worker runs pipelines, and its own workflow and activity around one", async () => {
  await quick.platform.kill('worker')
  const working = () => quick.processes().filter(({ command }) => command.includes('worker.js'))
  // Its children were killed with it, but the kernel may take a moment longer over them.
  await waitFor(() => working().length === 0, { what: 'end of the worker', deadline: 60 })

  const control = start('worker.js', 'control')
  const heavy = start('worker.js', 'heavy')
  workers.push(control, heavy)
  // Its words and those of the starter come by two pipes.
  const says = (line: string) =>
    waitFor(() => control.printed.stdout.includes(line), { what: `line ${line}`, deadline: 30 })
  const file = quick.write({ name: 'ours', steps: 10 })
  const { code, stdout, stderr } = await start('start.js', file).ended
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^completed \{/)
  expect(stdout).toMatch(/^version 1$/m)
  await says('ours completed: version 1\n')

  const failing = quick.write({ name: 'broken', failAtStep: 2 })
  expect(await start('start.js', failing).ended).toMatchObject({ code: 1 })
  await says('broken failed: nothing published\n')

  // To everybody else it is a run like any other.
  const run = await quick.status('retrain-ours/run')
  expect(run).toMatchObject({ pipeline: 'ours', state: 'completed', published: { version: 1 } })
  expect(await quick.aws.trainingJobs('ours-')).toHaveLength(1)
  expect(await quick.aws.modelPackages('ours')).toHaveLength(1)

  // A run that anybody starts is theirs too.
  const plain = await quick.client.run(await quick.load({ name: 'plain', steps: 4 }))
  expect((await within(plain.result(), 'the run', 120)).state).toBe('completed')

  for (const worker of workers) worker.process.kill('SIGTERM')
  const ends = await within(Promise.all(workers.map(({ ended }) => ended)), 'the workers', 60)
  expect(ends.map((end) => end.code)).toEqual([0, 0])
  expect(working()).toEqual([])
})

test("an activity that is called like one of Holdfast's is refused, on either queue", async () => {
  const activities = { publish: async () => 'mine', tell: async () => 'fine' }
  for (const role of ['control', 'heavy'] as const)
    await expect(createWorker({ role, activities })).rejects.toMatchObject({
      code: 'E_ACTIVITY_NAME_TAKEN',
      what: expect.stringMatching(/: publish$/) as string,
    })
})

test('a worker needs Temporal, and says so', async () => {
  const env = { ...quick.platform.env, TEMPORAL_ADDRESS: '127.0.0.1:1' }
  await expect(createWorker({ role: 'heavy', env })).rejects.toMatchObject({
    code: 'E_TEMPORAL_UNREACHABLE',
  })
})
