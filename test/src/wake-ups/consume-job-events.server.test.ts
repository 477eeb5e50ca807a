import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { CreateQueueCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { Client, Connection } from '@temporalio/client'
import { pino } from 'pino'
import { parse } from 'yaml'

import { ownerTag } from '../../../src/aws/names'
import { startPlatform, type Platform } from '../../../src/local/platform'
import { packageRoot } from '../../../src/package-root'
import { consumeJobEvents } from '../../../src/wake-ups/consume-job-events'
import { createQueueClient } from '../../../src/wake-ups/queue-client'
import { credentials, startMoto, type Moto } from './moto'

jest.setTimeout(300_000)

const namespaceId = randomUUID()
/** Signals wait in the history of a workflow that no worker runs. */
const taskQueue = 'nobody-works-here'

let moto: Moto
let platform: Platform
let temporal: Client
let connection: Connection
let sqs: SQSClient
let queueUrl: string
let folder: string
const stop = new AbortController()
let consuming: Promise<void>
let consumingAnother: Promise<void> | undefined
const logged: { msg: string }[] = []
/** What ListTags would answer, by ARN. */
const tagsOfJobs = new Map<string, Map<string, string>>()
let outage: Error | undefined

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-wake-ups-'))
  const starting = startPlatform({ dataDir: folder, services: ['temporal'], temporalUi: false })
  ;[moto, platform] = await Promise.all([startMoto(), starting])
  connection = await Connection.connect({ address: platform.env['TEMPORAL_ADDRESS'] ?? '' })
  temporal = new Client({ connection })
  queueUrl = (await moto.python(deploy, eventPattern())) as string
  sqs = createQueueClient({
    queueUrl,
    env: {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
  })
  // One for all tests: a long poll that is given up takes a message along, for as long as it is hidden.
  consuming = consume(queueUrl)
})

const write = (line: string) => logged.push(JSON.parse(line) as { msg: string })
const consume = (from: string, visibilitySeconds?: number) =>
  consumeJobEvents({
    ...{ sqs, queueUrl: from, temporal, namespaceId, signal: stop.signal },
    ...(visibilitySeconds && { visibilitySeconds }),
    log: pino({ level: 'debug' }, { write }),
    async tagsOf(arn) {
      if (outage) throw outage
      return tagsOfJobs.get(arn) ?? new Map<string, string>()
    },
  })

afterAll(async () => {
  stop.abort()
  await Promise.all([consuming, consumingAnother])
  sqs.destroy()
  await connection.close()
  await Promise.all([moto.stop(), platform.stop()])
  await rm(folder, { recursive: true, force: true })
})

beforeEach(() => {
  logged.splice(0)
  tagsOfJobs.clear()
  outage = undefined
})

/** The rule of docs/deploy, word for word. */
function eventPattern(): string {
  const file = join(packageRoot(), 'docs', 'deploy', 'job-events.yaml')
  const template = parse(readFileSync(file, 'utf8'), { logLevel: 'silent' }) as {
    Resources: { Rule: { Properties: { EventPattern: object } } }
  }
  return JSON.stringify(template.Resources.Rule.Properties.EventPattern)
}

const deploy = `
import boto3, json, sys
sqs, events = boto3.client("sqs"), boto3.client("events")
url = sqs.create_queue(QueueName="holdfast-job-events")["QueueUrl"]
arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
events.put_rule(Name="holdfast", EventPattern=sys.argv[1])
events.put_targets(Rule="holdfast", Targets=[{"Id": "queue", "Arn": arn}])
print(json.dumps(url))
`

const put = `
import boto3, json, sys
kind, detail, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
entry = {"Source": "aws.sagemaker", "DetailType": kind, "Detail": detail}
print(json.dumps(boto3.client("events").put_events(Entries=[entry] * times)["FailedEntryCount"]))
`

/** Of a job that has completed, whose tags the service tells from now on. */
function completed(options: {
  runId: string
  kind?: 'Training' | 'Processing'
  namespace?: string
}) {
  const { runId, kind = 'Training', namespace = namespaceId } = options
  const arn = `arn:aws:sagemaker:us-east-1:111122223333:${kind.toLowerCase()}-job/${runId}-a1`
  const tags = {
    'holdfast:run': runId,
    'holdfast:owner': ownerTag({ namespaceId: namespace, workflowId: runId, firstRunId: 'f' }),
  }
  tagsOfJobs.set(arn, new Map(Object.entries(tags)))
  const detail = {
    [`${kind}JobName`]: `${runId}-a1`,
    [`${kind}JobArn`]: arn,
    [`${kind}JobStatus`]: 'Completed',
    // A processing job's event has no tags.
    ...(kind === 'Training' ? { Tags: tags } : {}),
  }
  return { type: `SageMaker ${kind} Job State Change`, detail }
}

/** Sends an event of a job through EventBridge. */
async function event(options: Parameters<typeof completed>[0] & { times?: number }): Promise<void> {
  const { type, detail } = completed(options)
  const times = String(options.times ?? 1)
  expect(await moto.python(put, type, JSON.stringify(detail), times)).toBe(0)
}

async function startWaiter(workflowId: string): Promise<void> {
  await temporal.workflow.start('waiter', { workflowId, taskQueue })
}

async function signalsOf(workflowId: string): Promise<string[]> {
  const { events } = await temporal.workflow.getHandle(workflowId).fetchHistory()
  return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signaled }) =>
    signaled ? [signaled.signalName ?? ''] : [],
  )
}

/** What came of the events of these jobs; those of an earlier test may be told of late. */
const outcomes = (...jobNames: string[]) =>
  logged.flatMap((line) =>
    'wakeUp' in line && 'jobName' in line && jobNames.includes(String(line.jobName))
      ? [String(line.wakeUp)]
      : [],
  )

async function eventually(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  for (const end = Date.now() + 60_000; !(await isSo()); await sleep(50))
    if (Date.now() > end) throw new Error(`not ${what}: ${JSON.stringify(logged)}`)
}

/** Messages in the queue, those being worked on too. */
async function queued(url = queueUrl): Promise<number> {
  return (await moto.python(
    `
import boto3, json, sys
names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
found = boto3.client("sqs").get_queue_attributes(QueueUrl=sys.argv[1], AttributeNames=names)
print(sum(int(number) for number in found["Attributes"].values()))
`,
    url,
  )) as number
}

const dropped = 'dropped a message that is no event of a job'

test('an event of a training wakes the training of its run, and its message is gone', async () => {
  await startWaiter('one/training')
  await startWaiter('one')
  await event({ runId: 'one' })
  await eventually('woken', async () => (await signalsOf('one/training')).length === 1)
  expect(await signalsOf('one/training')).toEqual(['jobStateChanged'])
  expect(await signalsOf('one')).toEqual([])
  await eventually('deleted', async () => (await queued()) === 0)
})

test('a trial trains by itself, and is woken itself', async () => {
  await startWaiter('sweep/trial-0001')
  await event({ runId: 'sweep/trial-0001' })
  await eventually('woken', async () => (await signalsOf('sweep/trial-0001')).length === 1)
})

test('an evaluation is waited for by its run, which is found by the tags of the job', async () => {
  await startWaiter('two/training')
  await startWaiter('two')
  await event({ runId: 'two', kind: 'Processing' })
  await eventually('woken', async () => (await signalsOf('two')).length === 1)
  expect(await signalsOf('two/training')).toEqual([])
})

test('an event that comes twice wakes twice, which a wait can bear', async () => {
  await startWaiter('three')
  await event({ runId: 'three', times: 2 })
  await eventually('woken twice', async () => (await signalsOf('three')).length === 2)
})

test('an event after the end of the wait, or of a run that is not there, tells nobody and is deleted', async () => {
  await startWaiter('four/training')
  await startWaiter('four')
  await temporal.workflow.getHandle('four/training').terminate()
  await event({ runId: 'four' })
  await event({ runId: 'never-was' })
  const told = () => outcomes('four-a1', 'never-was-a1')
  await eventually('settled', () => told().length === 2)
  expect(told()).toEqual(['nobody waits', 'nobody waits'])
  expect(await signalsOf('four')).toEqual([])
  await eventually('deleted', async () => (await queued()) === 0)
})

test('an event of another Temporal, or of a job that nobody here made, wakes nobody', async () => {
  await startWaiter('five')
  await event({ runId: 'five', namespace: randomUUID() })
  const stranger = JSON.stringify({
    'detail-type': 'SageMaker Processing Job State Change',
    detail: { ProcessingJobName: 'theirs', ProcessingJobArn: 'arn:theirs' },
  })
  await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: stranger }))
  const told = () => outcomes('five-a1', 'theirs')
  await eventually('settled', () => told().length === 2)
  expect(told()).toEqual(['not ours', 'not ours'])
  expect(await signalsOf('five')).toEqual([])
})

test('the rule lets no event pass that is not of a job', async () => {
  expect(await moto.python(put, 'SageMaker Model State Change', '{"ModelName":"m"}', '1')).toBe(0)
  // What passes behind it is read behind it.
  await event({ runId: 'next' })
  await eventually('settled', () => outcomes('next-a1').length === 1)
  expect(logged.map(({ msg }) => msg)).not.toContain(dropped)
})

test('a message that is no event is dropped with a line in the log, and the next one is read', async () => {
  await startWaiter('six')
  await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: 'poison' }))
  await event({ runId: 'six' })
  await eventually('woken', async () => (await signalsOf('six')).length === 1)
  expect(logged.map(({ msg }) => msg)).toContain(dropped)
  await eventually('deleted', async () => (await queued()) === 0)
})

test('while the tags cannot be read the message stays, and it comes again', async () => {
  await startWaiter('seven')
  outage = new Error('no answer')
  // A queue of its own, whose messages come again soon.
  const { QueueUrl: url = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'outage' }))
  consumingAnother = consume(url, 3)
  const { type, detail } = completed({ runId: 'seven', kind: 'Processing' })
  const MessageBody = JSON.stringify({ 'detail-type': type, detail })
  await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody }))
  await eventually('told of the outage', () =>
    logged.some(({ msg }) => msg.startsWith('nobody could be told')),
  )
  expect(await queued(url)).toBe(1)
  outage = undefined
  // Twice, should the first signal have taken longer than that.
  await eventually('woken', async () => (await signalsOf('seven')).length > 0)
})
