import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'

import { runCli } from '../../../src/cli/run-cli'
import type { SweepEvent } from '../../../src/client'
import { searchAttributes } from '../../../src/search-attributes'
import { trialId, type TrialSummary } from '../../../src/sweep/sweep-state'
import { controlTaskQueue } from '../../../src/task-queues'
import { aCli } from '../cli/a-cli'
import { aSweep, aTrial } from './a-sweep'
import { startSchedulePlatform, until } from './schedule-platform'

jest.setTimeout(240_000)

let started: Awaited<ReturnType<typeof startSchedulePlatform>>
let client: typeof started.client
let temporal: typeof started.temporal

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') })
  started = await startSchedulePlatform()
  ;({ client, temporal } = started)
})

afterAll(() => started?.stop())

/** Temporal lists a workflow a moment after it has started. */
const listed = (name: string, count: number) =>
  until(
    () => client.sweep.list(),
    (sweeps) => sweeps.filter((sweep) => sweep.name === name).length === count,
  )

/** A trial that no worker has seen; `taskQueue` is nobody's. */
async function startTrial(sweepId: string, trial: TrialSummary) {
  return temporal.workflow.start('trial', {
    workflowId: trialId({ sweepId, number: trial.number }),
    taskQueue: 'nobody',
    memo: { trial },
    typedSearchAttributes: [{ key: searchAttributes.sweepId, value: sweepId }],
  })
}

async function signalsOf(id: string): Promise<unknown[]> {
  const { events } = await temporal.workflow.getHandle(id).fetchHistory()
  return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) => {
    if (!signal) return []
    const [payload] = signal.input?.payloads ?? []
    const value = payload?.data ? Buffer.from(payload.data).toString() : ''
    return [`${signal.signalName}(${value})`]
  })
}

test('a sweep that is started twice at once is one, and says where it stands with no worker', async () => {
  const sweep = aSweep({ name: 'twice' })
  const started = await Promise.all(Array.from({ length: 10 }, () => client.sweep.run(sweep)))
  expect(new Set(started.map(({ id }) => id)).size).toBe(1)
  expect(started.filter(({ created }) => created)).toHaveLength(1)

  const [first] = started
  expect(await first?.status()).toMatchObject({
    id: first?.id,
    state: 'running',
    stage: 'prepare',
    trials: 6,
    counts: { started: 0 },
    problem: null,
  })
  const beside = await client.sweep.run(sweep, { new: true })
  expect(beside.id).toBe(`${first?.id}-2`)
  expect(beside.created).toBe(true)
  // The newest of this very sweep runs: it is the one that is found.
  expect((await client.sweep.run(sweep)).id).toBe(beside.id)
})

test('a sweep is found by its id and by an unambiguous beginning; others are refused by name', async () => {
  const { id } = await client.sweep.run(aSweep({ name: 'found-me' }))
  expect((await client.sweep.get(id)).id).toBe(id)
  await listed('found-me', 1)
  await listed('twice', 2)
  expect((await client.sweep.get('found')).id).toBe(id)
  await expect(client.sweep.get('twice')).rejects.toMatchObject({ code: 'E_SWEEP_AMBIGUOUS' })
  await expect(client.sweep.get("no'such\\")).rejects.toMatchObject({ code: 'E_SWEEP_NOT_FOUND' })
  await expect(client.get(id)).rejects.toMatchObject({ code: 'E_RUN_NOT_FOUND' })
})

test('trials are read from their own memos, ranked; one that was terminated counts as failed', async () => {
  const handle = await client.sweep.run(aSweep({ name: 'ranked' }))
  await startTrial(handle.id, aTrial({ number: 1, score: 0.7 }))
  await startTrial(handle.id, aTrial({ number: 2, score: 0.9 }))
  const third = aTrial({ number: 3, state: 'running', score: null })
  const killed = await startTrial(handle.id, third)
  await startTrial(`${handle.id}-2`, aTrial({ number: 4 }))
  await killed.terminate('by hand')
  const trials = await until(
    () => handle.trials(),
    (found) => found.length === 3 && found.some(({ state }) => state === 'failed'),
  )
  expect(trials.map(({ number, state }) => `${number} ${state}`)).toEqual([
    '2 completed',
    '1 completed',
    '3 failed',
  ])
  expect(trials[2]?.error?.code).toBe('E_TERMINATED')
})

test('what is asked of a sweep becomes absolute signals, and what is impossible is not sent', async () => {
  const handle = await client.sweep.run(aSweep({ name: 'asked' }))
  await handle.pause()
  await handle.resume()
  await handle.extend({ trials: 10, parallel: 8 })
  await expect(handle.extend({ parallel: 7 })).rejects.toMatchObject({ code: 'E_SWEEP_EXTEND' })
  await expect(handle.extend({ trials: 10_001 })).rejects.toMatchObject({ code: 'E_SWEEP_FULL' })
  await handle.stop({ drain: true })
  expect(await signalsOf(handle.id)).toEqual([
    'pause()',
    'resume()',
    'extendTo(10)',
    'setParallel(8)',
    'drain()',
  ])
})

test('a sweep that has ended says so to whoever asks more of it, and can be stopped again', async () => {
  const handle = await client.sweep.run(aSweep({ name: 'over' }))
  await temporal.workflow.getHandle(handle.id).terminate('by hand')
  expect(await handle.result()).toMatchObject({
    state: 'failed',
    error: { code: 'E_TERMINATED' },
  })
  await expect(handle.pause()).rejects.toMatchObject({ code: 'E_SWEEP_ENDED' })
  await expect(handle.extend({ trials: 7 })).rejects.toMatchObject({ code: 'E_SWEEP_ENDED' })
  await handle.stop()
  await listed('over', 1)
  const cli = aCli({ env: { ...process.env, ...started.platform.env } })
  await runCli(cli, ['--data-dir', started.dataDir, 'sweep', 'attach', 'over', '--json'])
  expect(cli.exitCode).toBe(1)
  expect(JSON.parse(cli.out())).toMatchObject({ id: handle.id, state: 'failed' })
  // The same sweep again is another one.
  expect((await client.sweep.run(aSweep({ name: 'over' }))).id).toBe(`${handle.id}-2`)
})

test('a sweep that continues as new is one: listed once, followed to its end', async () => {
  const native = await NativeConnection.connect({
    address: started.address,
  })
  const worker = await Worker.create({
    connection: native,
    taskQueue: controlTaskQueue,
    workflowsPath: require.resolve('./sweep-stand-in'),
  })
  await worker.runUntil(async () => {
    const handle = await client.sweep.run(aSweep({ name: 'long' }))
    const before = await handle.status()
    const ended = handle.result()
    const events: SweepEvent[] = []
    const followed = (async () => {
      for await (const event of handle.events()) events.push(event)
    })()
    const workflow = temporal.workflow.getHandle(handle.id)
    const first = (await workflow.describe()).runId
    await workflow.signal('again')
    await until(
      () => workflow.describe(),
      ({ runId }) => runId !== first,
    )
    expect(await handle.status()).toMatchObject({ state: 'running', startedAt: before.startedAt })
    await workflow.signal('end')
    expect(await ended).toMatchObject({ state: 'completed', startedAt: before.startedAt })
    await followed
    expect(events.map(({ type }) => type)).toEqual(['stage', 'ended'])
    const listed = await until(
      () => client.sweep.list(),
      (sweeps) => sweeps.some(({ id, state }) => id === handle.id && state === 'completed'),
    )
    expect(listed.filter(({ id }) => id === handle.id)).toHaveLength(1)
    expect((await client.sweep.get('long')).id).toBe(handle.id)
  })
  await native.close()
})
