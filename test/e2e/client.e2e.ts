import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { packageRoot } from '../../src/package-root'
import { startQuickPlatform, type QuickPlatform } from './support/quick-platform'
import { startProgram, type StartedCli } from './support/run-cli'
import { makeUsersProject } from './support/users-project'
import { waitFor, within } from './support/wait-for'

jest.setTimeout(900_000)

/** For a process that lives for one call, among fifty. */
const frugal = ['--max-semi-space-size=1', '--optimize-for-size', '--max-lazy']

let quick: QuickPlatform
let program: string
beforeAll(async () => {
  quick = await startQuickPlatform()
  const folder = join(quick.folder, 'project')
  program = join(makeUsersProject({ folder, examples: ['client.ts'] }), 'client.js')
})
const programs: StartedCli[] = []
afterAll(async () => {
  for (const { process } of programs) process.kill('SIGKILL')
  await quick?.stop()
})

function start(args: string[], timeout = 240) {
  const started = startProgram(args, { cwd: quick.folder, env: quick.platform.env, timeout })
  programs.push(started)
  return started
}

test('examples/client.ts, run as a program, prints what happens and exits 0', async () => {
  const file = quick.write({ name: 'called', steps: 40, stepSeconds: 0.1 })
  quick.scenario([{ jobs: 'called-*', when: { checkpoint: 2 }, do: 'interrupt', resumeAfter: 0.5 }])
  const { code, stdout, stderr } = await start([program, file]).ended
  quick.scenario([])
  expect({ code, stderr }).toMatchObject({ code: 0 })

  const lines = stdout.split('\n').map((line) => line.trim())
  const id = /^started (called-\S{6})$/.exec(lines[0] ?? '')?.[1]
  expect(id).toBeDefined()
  const [job = '', ...others] = await quick.aws.trainingJobs('called-')
  expect(others).toEqual([])
  const [version, ...more] = await quick.aws.modelPackages('called')
  expect(version?.ModelPackageVersion).toBe(1)
  expect(more).toEqual([])

  // The job is told of by the service, by the run and by its log: which of them is first is chance.
  const order = [
    ['preprocess: done'],
    ['upload: done'],
    [
      'spot capacity was taken back (interruption 1)',
      'resumed at step',
      `${job}: Completed, Completed`,
    ],
    ['evaluate: done'],
    ['gate: done, passed'],
    ['published version 1'],
    ['ended: completed'],
    ['version 1: s3://'],
  ]
  const places = order.map((texts) =>
    texts.map((text) => lines.findIndex((line) => line.startsWith(text))),
  )
  expect(places.flat()).not.toContain(-1)
  for (const [index, some] of places.slice(1).entries())
    expect(Math.min(...some)).toBeGreaterThan(Math.max(...(places[index] ?? [])))
  // From the checkpoint that it was interrupted after, or a later one.
  const resumed = Number(/^resumed at step (\d+)/m.exec(lines.join('\n'))?.[1])
  expect({ saved: resumed % 4, late: resumed >= 8 }).toEqual({ saved: 0, late: true })
  expect(lines.some((line) => /^step \d+: \{.*"loss"/.test(line))).toBe(true)

  const status = await quick.status(id ?? '')
  expect(status).toMatchObject({ id, state: 'completed', published: { version: 1 } })
})

test('the same program exits 1 with the reason when the script fails', async () => {
  const file = quick.write({ name: 'broken', failAtStep: 3 })
  const { code, stdout, stderr } = await start([program, file]).ended
  expect(code).toBe(1)
  expect(stdout).toMatch(/^train: failed/m)
  expect(stdout).toMatch(/^ended: failed, AlgorithmError/m)
  expect(stderr).toContain('ValueError: the loss of step 3 cannot be computed')
  expect(await quick.aws.modelPackages('broken')).toEqual([])
})

test('it exits 1 with every fault of a file that says the impossible, and starts nothing', async () => {
  const file = quick.write({ name: 'unsound', more: { model: './nowhere', extra: 1 } })
  const { code, stdout, stderr } = await start([program, file]).ended
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toContain('nowhere')
  expect(stderr).toContain('extra')
  const runs = await quick.client.list()
  expect(runs.map(({ pipeline }) => pipeline)).not.toContain('unsound')
})

test('fifty processes that start one pipeline at one moment make one run and one job', async () => {
  // A run that had ended would be followed by another.
  const mayEnd = join(quick.folder, 'fifty-may-end')
  const file = quick.write({ name: 'fifty', steps: 4, holds: { 2: mayEnd } })
  const go = join(quick.folder, 'go')
  const script = join(packageRoot(), 'test', 'fixtures', 'start-together.mjs')
  const fifty: StartedCli[] = []
  while (fifty.length < 50) {
    // In tens, so that each gets the processor soon enough to connect. All then wait for one word.
    const ten = Array.from({ length: 10 }, () => start([...frugal, script, file, go], 600))
    fifty.push(...ten)
    await waitFor(
      () => ten.every(({ process, printed }) => process.exitCode !== null || printed.stdout !== ''),
      { what: 'ten connected processes', deadline: 120 },
    )
  }
  expect(fifty.filter(({ process }) => process.exitCode !== null)).toEqual([])
  writeFileSync(go, '')
  const results = await within(Promise.all(fifty.map(({ ended }) => ended)), 'the starts', 240)
  writeFileSync(mayEnd, '')
  expect(results.filter(({ code }) => code !== 0)).toEqual([])

  const answers = results.map(
    ({ stdout }) =>
      JSON.parse(stdout.split('\n')[1] ?? '') as { id: string; created: boolean; rssMiB: number },
  )
  const [id = '', ...otherIds] = new Set(answers.map((answer) => answer.id))
  expect(otherIds).toEqual([])
  expect(answers.filter(({ created }) => created)).toHaveLength(1)
  const total = answers.reduce((sum, { rssMiB }) => sum + rssMiB, 0)
  console.info(`the fifty held ${total} MiB at once, shared pages counted each time`)

  const run = await quick.client.get(id)
  expect((await within(run.result(), 'the run', 120)).state).toBe('completed')
  expect(await quick.aws.trainingJobs('fifty-')).toHaveLength(1)
  expect(await quick.aws.modelPackages('fifty')).toHaveLength(1)
  const runs = (await quick.client.list()).filter(({ pipeline }) => pipeline === 'fifty')
  expect(runs).toMatchObject([{ id, state: 'completed' }])
})
