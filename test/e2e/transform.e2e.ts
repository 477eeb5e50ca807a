/** Batch transforms on the local platform: their answers, and what is left when things die. */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { PutObjectCommand } from '@aws-sdk/client-s3'
import { DescribeTransformJobCommand, ListTransformJobsCommand } from '@aws-sdk/client-sagemaker'
import { stringify } from 'yaml'

import type { TransformState } from '../../src/client'
import { loadTransform } from '../../src/config/load-transform'
import { tarGz } from '../src/a-tar'
import { crashesOf } from './support/crashes'
import { startQuickPlatform, type QuickPlatform } from './support/quick-platform'
import { servedModels, type ServedModels } from './support/served-models'
import { waitFor, within } from './support/wait-for'

jest.setTimeout(600_000)

let quick: QuickPlatform
let served: ServedModels

beforeAll(async () => {
  quick = await startQuickPlatform()
  served = await servedModels(quick)
}, 240_000)
afterAll(async () => {
  await quick?.stop()
}, 120_000)

/** Says a word for each record, each after so many seconds; its input lies in a folder. */
async function writeTransform(options: {
  name: string
  word: string
  secondsEach?: number
  more?: object
}): Promise<string> {
  const { name, word, secondsEach = 0, more = {} } = options
  const { bucket, image } = served
  const Body = tarGz([{ path: 'weights.bin', body: 'w' }])
  await quick.aws.s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'served/bare.tar.gz', Body }))
  const folder = join(quick.folder, `${name}-input`)
  mkdirSync(join(folder, 'more'), { recursive: true })
  writeFileSync(join(folder, 'part.jsonl'), '{"inputs": "a"}\n{"inputs": "bc"}\n')
  writeFileSync(join(folder, 'more', 'part.jsonl'), '{"inputs": "def"}\n')
  writeFileSync(
    join(quick.folder, `${name}.py`),
    `
import time

def model_fn(model_dir):
    return "${word}"

def predict_fn(data, model):
    time.sleep(${secondsEach})
    return [model, len(data["inputs"])]
`,
  )
  const path = join(quick.folder, `${name}.yaml`)
  const config = {
    name,
    model: {
      modelData: `s3://${bucket}/served/bare.tar.gz`,
      imageUri: image,
      entryPoint: `./${name}.py`,
    },
    transform: {
      data: `./${name}-input`,
      ...{ contentType: 'application/json', splitType: 'Line', strategy: 'SingleRecord' },
      ...{ assembleWith: 'Line', instanceType: 'ml.m5.xlarge' },
      ...more,
    },
  }
  writeFileSync(path, stringify(config))
  return path
}

const transformJobs = async (name: string): Promise<string[]> => {
  const { TransformJobSummaries = [] } = await quick.aws.sagemaker.send(
    new ListTransformJobsCommand({ NameContains: `${name}-`, MaxResults: 100 }),
  )
  return TransformJobSummaries.map(({ TransformJobName = '' }) => TransformJobName)
}

const transformStatus = async (TransformJobName: string) =>
  (await quick.aws.sagemaker.send(new DescribeTransformJobCommand({ TransformJobName })))
    .TransformJobStatus

async function answers(outputUri: string, path: string): Promise<unknown[]> {
  const bytes = await quick.aws.object(`${outputUri}/${path}.out`)
  return (bytes?.toString('utf8') ?? '')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
}

test('a batch transform answers every record of a local folder, leaves no model, and can be run again', async () => {
  const file = await writeTransform({ name: 'batch', word: 'said' })
  const planned = await quick.cli(['transform', 'plan', '-f', file, '--json'])
  const { calls } = JSON.parse(planned.stdout) as { calls: { op: string }[] }
  expect(calls.map(({ op }) => op)).toEqual([
    ...['PutObject', 'PutObject', 'CreateModel', 'CreateTransformJob', 'DeleteModel'],
  ])
  const dry = await quick.cli(['transform', 'run', file, '--dry-run'])
  expect({ code: dry.code, jobs: await transformJobs('batch') }).toEqual({ code: 0, jobs: [] })

  const ran = await quick.cli(['transform', file, '--yes', '--json'])
  expect({ code: ran.code, stderr: ran.stderr }).toMatchObject({ code: 0 })
  const state = JSON.parse(ran.stdout) as TransformState & { id: string }
  expect(state).toMatchObject({ outcome: 'completed', attempts: 1, transformed: { inputs: 2 } })
  expect(await answers(state.outputUri ?? '', 'part.jsonl')).toEqual([
    ['said', 1],
    ['said', 2],
  ])
  expect(await answers(state.outputUri ?? '', 'more/part.jsonl')).toEqual([['said', 3]])
  expect((await served.remains('batch')).models).toEqual([])

  const again = await quick.client.transform.run((await loadTransform({ path: file })).transform)
  expect(again.id).toBe(`${state.id}-2`)
  expect((await within(again.result(), 'the second transform', 240)).outcome).toBe('completed')
  expect(await transformJobs('batch')).toHaveLength(2)
  // Temporal's list comes a moment after the end.
  const listed = await waitFor(
    async () => {
      const { stdout } = await quick.cli(['transform', 'ls', '--json'])
      const some = JSON.parse(stdout) as TransformState[]
      return some.every(({ outcome }) => outcome !== 'running') && some
    },
    { what: 'end of both in the list', deadline: 60 },
  )
  expect(listed).toEqual([
    expect.objectContaining({ id: again.id, outcome: 'completed' }),
    expect.objectContaining({ id: state.id }),
  ])
})

test('worker and sagemaker-local, killed with -9 at the create of a transform: one job, and it is adopted', async () => {
  const points = ['CreateModel', 'CreateTransformJob', 'DeleteModel']
  quick.scenario(points.map((operation) => ({ operation, do: 'crash' })))
  const { transform } = await loadTransform({
    path: await writeTransform({ name: 'torn', word: 'whole' }),
  })
  const started = await quick.client.transform.run(transform)
  const ended = started.result()
  const crashes = crashesOf(quick)
  let isOver = false
  void ended.finally(() => (isOver = true)).catch(() => undefined)
  while (!isOver) {
    if (crashes.isDown()) {
      if (crashes.count === 1) {
        await quick.platform.kill('worker')
        await quick.platform.start('worker')
      }
      await crashes.startAgain()
    }
    await sleep(100)
  }
  expect(await ended).toMatchObject({
    outcome: 'completed',
    attempts: 1,
  })
  expect(crashes.count).toBe(points.length)
  expect(await transformJobs('torn')).toHaveLength(1)
  expect((await served.remains('torn')).models).toEqual([])
  quick.scenario([])
})

test('a transform that is cancelled stops its job, and the reaper stops that of one whose workflow is gone', async () => {
  const inJob = async (name: string) => {
    const path = await writeTransform({ name, word: 'slow', secondsEach: 120 })
    const { transform } = await loadTransform({ path })
    const started = await quick.client.transform.run(transform)
    const job = await waitFor(async () => (await transformJobs(name))[0], {
      what: `job of ${name}`,
      deadline: 120,
    })
    return { started, job }
  }
  const [one, two] = [await inJob('dropped'), await inJob('orphaned')]
  const cancelled = await quick.cli(['transform', 'cancel', one.started.id, '--json'])
  expect(JSON.parse(cancelled.stdout)).toMatchObject({ outcome: 'cancelled', job: one.job })
  expect(await transformStatus(one.job)).toBe('Stopped')
  expect((await served.remains('dropped')).models).toEqual([])

  await quick.temporal.temporal.workflow.getHandle(two.started.id).terminate('a test')
  expect(await two.started.status()).toMatchObject({
    outcome: 'failed',
    error: { code: 'E_TRANSFORM_ENDED' },
  })
  const { jobs } = await quick.client.reap({ grace: 1 })
  expect(jobs).toContainEqual(
    expect.objectContaining({ kind: 'transform', jobName: two.job, verdict: 'stopped' }),
  )
  await waitFor(async () => (await transformStatus(two.job)) === 'Stopped', {
    what: 'stopped transform',
    deadline: 120,
  })
})
