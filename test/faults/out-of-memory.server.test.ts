import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import {
  bundleWorkflowCode,
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
} from '@temporalio/worker'

import type { DatasetPipeline } from '../../src/config/has-dataset'
import { waitFor, within } from '../e2e/support/wait-for'
import { wordLevel } from '../src/dataset/tiny-tokenizer'
import { pipeline as demo } from '../src/plan/pipeline'
import { startFaultWorld, type FaultWorld, type WorkerProcess } from './fault-world'
import type { preprocessOnly } from './preprocess-workflow'

jest.setTimeout(600_000)

/** MB of heap: enough to start and to poll, and too few for the tokenizer below. */
const small = { NODE_OPTIONS: '--max-old-space-size=90' }
const words = 600_000

let world: FaultWorld
let connection: NativeConnection
let worker: Worker
let working: Promise<void>
let pipeline: DatasetPipeline

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') })
  world = await startFaultWorld()
  connection = await NativeConnection.connect({ address: `127.0.0.1:${world.temporalPort}` })
  worker = await Worker.create({
    connection,
    taskQueue: 'out-of-memory',
    workflowBundle: await bundleWorkflowCode({
      workflowsPath: join(__dirname, 'preprocess-workflow.ts'),
      logger: new DefaultLogger('ERROR'),
    }),
  })
  working = worker.run()

  const folder = join(world.local.root, 'large')
  await mkdir(join(folder, 'model'), { recursive: true })
  const rows = Array.from({ length: 30 }, (_, row) => `word${row} film,${row % 2 ? 'pos' : 'neg'}`)
  await writeFile(join(folder, 'reviews.csv'), `text,label\n${rows.join('\n')}\n`)
  const { vocab } = wordLevel.model
  const more = Array.from({ length: words }, (_, word) => `"word${word}":${word + 5}`)
  const text = JSON.stringify({ ...wordLevel, model: { ...wordLevel.model, vocab: 'VOCAB' } })
  await writeFile(
    join(folder, 'model', 'tokenizer.json'),
    text.replace('"VOCAB"', `${JSON.stringify(vocab).slice(0, -1)},${more.join(',')}}`),
  )
  await writeFile(join(folder, 'model', 'config.json'), '{}')
  pipeline = {
    ...demo,
    name: 'large',
    dataset: { ...demo.dataset, path: join(folder, 'reviews.csv'), split: { test: 0.2, seed: 7 } },
    model: { kind: 'directory', path: join(folder, 'model') },
  }
})
afterAll(async () => {
  worker?.shutdown()
  await working
  await connection?.close()
  await world?.stop()
})

const deathsIn = (supervisor: WorkerProcess) =>
  supervisor
    .lines()
    .filter(({ msg, role }) => role === 'heavy' && msg.includes('worker process ended'))

const start = (runId: string) =>
  world.cluster.temporal.workflow.start<typeof preprocessOnly>('preprocessOnly', {
    workflowId: runId,
    taskQueue: 'out-of-memory',
    args: [{ site: world.site(runId), pipeline }],
  })

test('what kills its worker each time for want of memory ends with a typed error, after five of them', async () => {
  const supervisor = world.startWorker({ env: small })
  const run = await start('starved')
  const failure: unknown = await within(run.result(), 'the end', 480).catch((e: unknown) => e)
  await supervisor.stop()
  expect(failure).toMatchObject({
    cause: { cause: { type: 'E_WORKER_DIED', nonRetryable: true } },
  })
  expect(supervisor.lines().some(({ msg }) => /heap limit|heap out of memory/.test(msg))).toBe(true)
  // Each is counted by the one after it; of one that died too soon to pass the count on nobody knows.
  expect(deathsIn(supervisor).length).toBeGreaterThanOrEqual(5)
})

test('a worker with more memory goes on where the small one died', async () => {
  const supervisor = world.startWorker({ env: small })
  const run = await start('rescued')
  await waitFor(() => deathsIn(supervisor).length > 0, {
    what: 'death of the small worker',
    deadline: 120,
  })
  await supervisor.stop()
  world.startWorker({})
  const { note } = await within(run.result(), 'the dataset', 240)
  expect(note).toMatch(/^tokenized 24 train and 6 test rows/)
})
