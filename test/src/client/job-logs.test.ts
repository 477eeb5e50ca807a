import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'

import { jobLogReader } from '../../../src/client/job-logs'

/** More than a call of a function takes as its arguments. */
const lines = 130_000

jest.setTimeout(120_000)

/** A service whose one page has them all, so that nobody waits for the next hundred. */
let server: Server
let logs: CloudWatchLogsClient
beforeAll(async () => {
  const answers: Record<string, object> = {
    DescribeLogStreams: { logStreams: [{ logStreamName: 'chatty/algo-1-1', creationTime: 1 }] },
    GetLogEvents: {
      events: Array.from({ length: lines }, (_, at) => ({ timestamp: at, message: 'x' })),
      nextForwardToken: 'f/1',
    },
  }
  server = createServer((request, answer) => {
    const [, operation = ''] = String(request.headers['x-amz-target']).split('.')
    let asked = ''
    request.on('data', (bytes) => (asked += String(bytes)))
    request.on('end', () => {
      const isLast = asked.includes('f/1')
      answer.setHeader('content-type', 'application/x-amz-json-1.1')
      answer.end(JSON.stringify(isLast ? { nextForwardToken: 'f/1' } : answers[operation]))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  logs = new CloudWatchLogsClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  })
})
afterAll(async () => {
  logs?.destroy()
  server?.closeAllConnections()
  server?.close()
  await once(server, 'close')
})

test('a log of more than a hundred thousand lines is read', async () => {
  const reader = jobLogReader({ logs, kind: 'training', jobName: 'chatty' })
  expect(await reader.read()).toHaveLength(lines)
})
