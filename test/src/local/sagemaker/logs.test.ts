import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  paginateFilterLogEvents,
  type GetLogEventsCommandInput,
} from '@aws-sdk/client-cloudwatch-logs'
import { startTestServer, type TestServer } from './test-server'

const logGroupName = '/aws/sagemaker/TrainingJobs'
const logStreamName = 'reviews-a1/algo-1-1'

let server: TestServer
let file: string
beforeEach(async () => {
  server = await startTestServer()
  file = streamFile('reviews-a1%2Falgo-1-1')
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, [1, 2, 3, 4, 5].map(line).join(''))
})
afterEach(() => server.close())

const streamFile = (name: string) =>
  join(server.dataDir, 'sagemaker', 'logs', '%2Faws%2Fsagemaker%2FTrainingJobs', `${name}.ndjson`)
const line = (n: number) => `${JSON.stringify({ timestamp: n * 1000, message: `line ${n}` })}\n`

async function get(input: Partial<GetLogEventsCommandInput>) {
  const reply = await server.logs.send(
    new GetLogEventsCommand({ logGroupName, logStreamName, ...input }),
  )
  return { ...reply, messages: reply.events?.map(({ message }) => message) }
}

test('a reader from the head follows the stream to its end, where the token stays the same', async () => {
  const first = await get({ startFromHead: true, limit: 3 })
  expect(first.messages).toEqual(['line 1', 'line 2', 'line 3'])
  const second = await get({ nextToken: first.nextForwardToken, limit: 3 })
  expect(second.messages).toEqual(['line 4', 'line 5'])
  const end = await get({ nextToken: second.nextForwardToken })
  expect(end.messages).toEqual([])
  expect(end.nextForwardToken).toBe(second.nextForwardToken)
  await appendFile(file, line(6))
  expect((await get({ nextToken: end.nextForwardToken })).messages).toEqual(['line 6'])
})

test('without startFromHead the last events come, and the backward token leads to those before', async () => {
  const last = await get({ limit: 2 })
  expect(last.messages).toEqual(['line 4', 'line 5'])
  const before = await get({ nextToken: last.nextBackwardToken, limit: 2 })
  expect(before.messages).toEqual(['line 2', 'line 3'])
  const first = await get({ nextToken: before.nextBackwardToken, limit: 2 })
  const none = await get({ nextToken: first.nextBackwardToken })
  expect(none.messages).toEqual([])
  expect(none.nextBackwardToken).toBe(first.nextBackwardToken)
})

test('a line still being written is not shown until it is whole', async () => {
  await appendFile(file, line(6).slice(0, 20))
  const now = await get({ startFromHead: true })
  expect(now.messages).toHaveLength(5)
  await appendFile(file, line(6).slice(20))
  expect((await get({ nextToken: now.nextForwardToken })).messages).toEqual(['line 6'])
})

test('events can be narrowed to a time, the start included and the end not', async () => {
  const reply = await get({ startFromHead: true, startTime: 2000, endTime: 4000 })
  expect(reply.messages).toEqual(['line 2', 'line 3'])
})

test('a large stream comes in answers of at most a megabyte, with nothing lost', async () => {
  const long = 'x'.repeat(10_000)
  const events = Array.from({ length: 300 }, (_, n) => ({ timestamp: n, message: `${n} ${long}` }))
  await writeFile(file, events.map((event) => `${JSON.stringify(event)}\n`).join(''))
  const seen: (string | undefined)[] = []
  let token: string | undefined
  for (;;) {
    const page = await get(token === undefined ? { startFromHead: true } : { nextToken: token })
    if (page.nextForwardToken === token) break
    expect(page.messages?.join('').length).toBeLessThanOrEqual(1_048_576)
    seen.push(...(page.messages ?? []))
    token = page.nextForwardToken
  }
  expect(seen).toEqual(events.map(({ message }) => message))
})

test('groups and streams are listed with their first and last event', async () => {
  await writeFile(streamFile('reviews-a2%2Falgo-1-9'), line(9))
  const groups = await server.logs.send(
    new DescribeLogGroupsCommand({ logGroupNamePrefix: '/aws' }),
  )
  expect(groups.logGroups).toMatchObject([{ logGroupName }])
  const byPrefix = await server.logs.send(
    new DescribeLogStreamsCommand({ logGroupName, logStreamNamePrefix: 'reviews-a1/' }),
  )
  expect(byPrefix.logStreams).toMatchObject([
    { logStreamName, firstEventTimestamp: 1000, lastEventTimestamp: 5000 },
  ])
  const newest = await server.logs.send(
    new DescribeLogStreamsCommand({
      logGroupName,
      orderBy: 'LastEventTime',
      descending: true,
      limit: 1,
    }),
  )
  expect(newest.logStreams).toMatchObject([{ logStreamName: 'reviews-a2/algo-1-9' }])
  expect(newest.nextToken).toBeDefined()
})

test('a filter merges streams by time, page by page, and keeps only what has its terms', async () => {
  await writeFile(streamFile('reviews-a1%2Falgo-2-1'), line(3) + line(7))
  const messages: (string | undefined)[] = []
  const pages = paginateFilterLogEvents(
    { client: server.logs },
    { logGroupName, logStreamNamePrefix: 'reviews-a1/', limit: 2, filterPattern: 'line -"line 5"' },
  )
  for await (const page of pages)
    messages.push(...(page.events ?? []).map(({ message }) => message))
  expect(messages).toEqual([1, 2, 3, 3, 4, 7].map((n) => `line ${n}`))
  const unsupported = new FilterLogEventsCommand({ logGroupName, filterPattern: '{ $.a = 1 }' })
  await expect(server.logs.send(unsupported)).rejects.toMatchObject({
    name: 'InvalidParameterException',
  })
})

test('what does not exist is ResourceNotFoundException, and no name leads out of the logs', async () => {
  const notFound = { name: 'ResourceNotFoundException' }
  await expect(get({ logStreamName: 'nobody' })).rejects.toMatchObject(notFound)
  await expect(get({ logGroupName: '..' })).rejects.toMatchObject(notFound)
  await expect(get({ logGroupName: '../../..', logStreamName: 'x' })).rejects.toMatchObject(
    notFound,
  )
  await expect(get({ logStreamName: '../../../registry' })).rejects.toMatchObject(notFound)
  await expect(get({ logStreamName: 'a\u0000b' })).rejects.toMatchObject(notFound)
})
