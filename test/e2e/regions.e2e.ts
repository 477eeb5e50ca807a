import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { ReapReport } from '../../src/reaper/judged-job'
import type { RunStatus } from '../../src/run-state'
import { awsView, type AwsView } from './support/aws-view'
import { wholeCheckpoints } from './support/checkpoints'
import { journalOf } from './support/journal'
import { processesLeft, processesOf } from './support/processes'
import { startQuickPlatform, type QuickPlatform } from './support/quick-platform'
import { waitFor } from './support/wait-for'

jest.setTimeout(400_000)

const region = 'eu-west-1'
const home = { instanceType: 'ml.g5.xlarge', useSpotInstances: true }
const abroad = { ...home, region }
const short = { steps: 40, stepSeconds: 0.1, saveSteps: 5 }
/** Ten minutes of training: longer than any test waits. */
const long = { steps: 6_000, stepSeconds: 0.1, placements: [abroad] }

let quick: QuickPlatform
/** What any client sees of the other region. */
let there: AwsView
beforeAll(async () => {
  quick = await startQuickPlatform({ env: { HOLDFAST_REGIONS: region } })
  const { env } = quick.platform
  const at = (service: string) => env[`HOLDFAST_ENDPOINT_URL_${service}_EU_WEST_1`] ?? ''
  there = awsView({
    ...env,
    AWS_REGION: region,
    AWS_ENDPOINT_URL_S3: at('S3'),
    AWS_ENDPOINT_URL_SAGEMAKER: at('SAGEMAKER'),
  })
  const folder = join(quick.dataDir, 'regions', region)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'scenario.yaml'), 'seed: 7\ntimeScale: 120\n')
})
afterAll(async () => {
  delete process.env['HOLDFAST_REGIONS']
  there?.close()
  await quick?.stop()
})

const settings = { timeScale: 120 }

async function run(name: string, more: object): Promise<RunStatus> {
  const file = quick.write({ name, ...short, ...more })
  const { code, stdout, stderr } = await quick.cli(['run', '-f', file, '--json'])
  expect({ code, stderr }).toMatchObject({ code: 0 })
  return JSON.parse(stdout) as RunStatus
}

async function weightsOf(name: string, status: RunStatus): Promise<Buffer> {
  const out = join(quick.folder, `${name}-model`)
  const { code, stderr } = await quick.cli(['get', status.id, 'model', '--out', out])
  expect({ code, stderr }).toMatchObject({ code: 0 })
  return readFileSync(join(out, 'model.safetensors'))
}

test('a run that loses its machines in one region goes on in another from its last verified checkpoint, and its weights are those of a run that lost none', async () => {
  quick.scenario([], settings)
  const mayGoOn = join(quick.folder, 'moved-may-go-on')
  const running = run('moved', { placements: [home, abroad], holds: { 17: mayGoOn } })
  // A failed machine uploads nothing more: what is copied must be in S3 before.
  const lost = await waitFor(async () => (await quick.aws.trainingJobs('moved-'))[0], {
    what: 'first job',
    deadline: 120,
  })
  await waitFor(async () => (await wholeCheckpoints({ aws: quick.aws, job: lost })).includes(15), {
    what: 'checkpoint of step 15 in S3',
    deadline: 120,
  })
  quick.scenario([{ jobs: 'moved-*', when: { checkpoint: 3 }, do: 'capacityError' }], settings)
  await waitFor(async () => (await quick.aws.trainingJob(lost)).TrainingJobStatus === 'Failed', {
    what: 'end of the first job',
    deadline: 60,
  })
  writeFileSync(mayGoOn, '')
  const status = await running
  expect(status.state).toBe('completed')
  const [first, second] = status.training.attempts
  expect(first).toMatchObject({ placement: home, status: 'Failed' })
  expect(second).toMatchObject({ placement: abroad, status: 'Completed' })

  expect(await quick.aws.trainingJobs('moved-')).toEqual([first?.jobName])
  expect(await there.trainingJobs('moved-')).toEqual([second?.jobName])
  const job = await there.trainingJob(second?.jobName ?? '')
  expect(job.TrainingJobArn).toContain(`:${region}:`)
  const bucket = 'sagemaker-eu-west-1-111122223333'
  const uris = [
    job.CheckpointConfig?.S3Uri,
    job.OutputDataConfig?.S3OutputPath,
    ...(job.InputDataConfig ?? []).map(({ DataSource }) => DataSource?.S3DataSource?.S3Uri),
  ]
  expect(uris.filter((uri) => !uri?.startsWith(`s3://${bucket}/`))).toEqual([])
  const journal = await journalOf({ aws: there, job })
  const resumed = journal.filter(({ event }) => event === 'resumed')
  expect(resumed).toHaveLength(1)
  expect(resumed[0]?.step).toBe(15)
  expect(second).toMatchObject({ resumedFromStep: resumed[0]?.step })

  // The evaluation makes every step again, from what was copied back.
  expect(status.metrics['eval_accuracy']).toBe(1)
  expect(status.published?.artifactUri).toMatch('s3://sagemaker-us-east-1-111122223333/')
  const { stdout } = await quick.cli(['logs', status.id, '--attempt', '2'])
  expect(stdout).toContain('step 40 of 40')

  quick.scenario([], settings)
  const undisturbed = await run('stayed', { placements: [home] })
  const [moved, stayed] = [await weightsOf('moved', status), await weightsOf('stayed', undisturbed)]
  expect(moved.equals(stayed)).toBe(true)
})

/** Starts a run and waits until the script of its job trains in the other region. */
async function inTraining(name: string): Promise<{ run: string; job: string; folder: string }> {
  const started = await quick.cli(['run', '-f', quick.write({ name, ...long }), '--detach'])
  if (started.code !== 0) throw new Error(started.stderr)
  const job = await waitFor(
    async () => {
      const [found] = await there.activeTrainingJobs(`${name}-`)
      if (found === undefined) return undefined
      return (await there.trainingJob(found)).SecondaryStatus === 'Training' ? found : undefined
    },
    { what: `job of ${name}`, deadline: 120 },
  )
  const folder = join(quick.dataDir, 'regions', region, 'sagemaker', 'jobs', job)
  await waitFor(() => processesOf(folder).some(({ command }) => / -- train\.py /.test(command)), {
    what: 'training process',
    deadline: 60,
  })
  return { run: started.stdout.trim(), job, folder }
}

async function ended(job: string, folder: string): Promise<void> {
  await waitFor(async () => (await there.trainingJob(job)).TrainingJobStatus === 'Stopped', {
    what: 'stopped job',
    deadline: 120,
  })
  expect(await processesLeft(folder)).toEqual([])
}

test('a cancel stops the job of the other region', async () => {
  const { run: id, job, folder } = await inTraining('called-off')
  const { code, stdout } = await quick.cli(['cancel', id, '--json'])
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ state: 'cancelled' })
  await ended(job, folder)
})

test('a pass of the reaper stops a job of the other region whose run was terminated', async () => {
  const { run: id, job, folder } = await inTraining('orphaned')
  await quick.platform.kill('worker')
  const { workflow } = quick.temporal.temporal
  await workflow.getHandle(`${id}/training`).terminate('a test')
  await workflow.getHandle(id).terminate('a test')
  const reaped = await quick.cli(['reap', '--grace', '1s', '--json'])
  const { jobs, region: regions } = JSON.parse(reaped.stdout) as ReapReport
  expect(regions).toBe(`us-east-1, ${region}`)
  expect(jobs).toMatchObject([{ jobName: job, verdict: 'stopped' }])
  await ended(job, folder)
  await quick.platform.start('worker')
})

test('a run is planned with what is copied and billed, and refused where its own region is named', async () => {
  const ok = quick.write({ name: 'planned', ...short, placements: [home, abroad] })
  const plan = await quick.cli(['plan', '-f', ok])
  expect(plan.code).toBe(0)
  expect(plan.stdout).toContain('1 × ml.g5.xlarge spot in eu-west-1')
  expect(plan.stdout.replace(/\s+/g, ' ')).toContain('AWS bills transfer between regions')
  const wrong = { name: 'refused', ...short, placements: [{ ...home, region: 'us-east-1' }] }
  const refused = await quick.cli(['run', '-f', quick.write(wrong), '--detach'])
  expect(refused.code).not.toBe(0)
  expect(refused.stderr).toContain('E_REGION_HOME')
})
