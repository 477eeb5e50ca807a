import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { SageMakerClient } from '@aws-sdk/client-sagemaker'
import fc from 'fast-check'
import { pino } from 'pino'

import { jobService } from '../../activities/job-service'
import { isTerminal, meaningOf, type JobKind } from '../../src/job'

// Hundreds of answers of a real server: seconds, on a busy machine more.
jest.setTimeout(60_000)

const seed = Number(process.env['FC_SEED'] ?? Date.now() % 1_000_000)
const runs = { seed, numRuns: 300 }
beforeAll(() => console.log(`unknown statuses: FC_SEED=${seed}`))

/** The service's answer of the moment. */
let answer: object = {}
let server: Server
let sagemaker: SageMakerClient
beforeAll(async () => {
  server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/x-amz-json-1.1')
    response.end(JSON.stringify(answer))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  sagemaker = new SageMakerClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  })
})
afterAll(async () => {
  sagemaker?.destroy()
  server?.closeAllConnections()
  server?.close()
  await once(server, 'close')
})

const described = async (kind: JobKind, said: object) => {
  answer = said
  return jobService({ sagemaker, log: pino({ level: 'silent' }), kind }).describe('job')
}

const ends = ['Completed', 'Failed', 'Stopped']
const known = ['InProgress', 'Stopping', ...ends, 'Training', 'Uploading', 'Interrupted']
/** A word of today, of tomorrow, or no word at all. */
const word = fc.oneof(
  fc.constantFrom(...known),
  fc.constantFrom('completed', 'COMPLETED', 'Completed ', 'Succeeded', 'Paused', '', '__proto__'),
  fc.string(),
  fc.constantFrom(null, undefined),
)
const time = fc.oneof(fc.constant(1_760_000_000.5), fc.constantFrom(null, undefined))
const transition = fc.record({ Status: word, StartTime: time }, { requiredKeys: [] })
const training = fc.record(
  {
    TrainingJobArn: fc.oneof(fc.constant('arn:x'), fc.constant(null)),
    TrainingJobStatus: word,
    SecondaryStatus: word,
    SecondaryStatusTransitions: fc.oneof(fc.array(transition, { maxLength: 4 }), fc.constant(null)),
    FailureReason: fc.oneof(fc.string(), fc.constant(null)),
    ModelArtifacts: fc.oneof(fc.constant({}), fc.constant(null)),
    CheckpointConfig: fc.oneof(
      fc.constant({}),
      fc.constant({ S3Uri: 's3://b/c' }),
      fc.constant(null),
    ),
    TrainingTimeInSeconds: fc.oneof(fc.nat(), fc.constant(null)),
    LastModifiedTime: time,
    AMemberOfTomorrow: fc.anything({ maxDepth: 1, withNullPrototype: false }),
  },
  { requiredKeys: [] },
)

test('a training whose status is unknown or missing counts as in progress, and never as a success', async () => {
  await fc.assert(
    fc.asyncProperty(training, async (said) => {
      const job = await described('training', said)
      if (job === null) throw new Error('the job is there')
      const status = said.TrainingJobStatus ?? ''
      expect(isTerminal(job)).toBe(ends.includes(status))
      expect(meaningOf(job) === 'completed').toBe(status === 'Completed')
      if (!known.slice(0, 5).includes(status)) {
        expect(job.status).toBe('Unknown')
        expect(['waiting', 'training', 'saving', 'interrupted', 'ending']).toContain(meaningOf(job))
      }
    }),
    runs,
  )
})

test('so does an evaluation', async () => {
  const processing = fc.record(
    {
      ProcessingJobStatus: word,
      FailureReason: fc.oneof(fc.string(), fc.constant(null)),
      ExitMessage: fc.oneof(fc.string(), fc.constant(null)),
    },
    { requiredKeys: [] },
  )
  await fc.assert(
    fc.asyncProperty(processing, async (said) => {
      const job = await described('processing', said)
      if (job === null) throw new Error('the job is there')
      const status = said.ProcessingJobStatus ?? ''
      expect(isTerminal(job)).toBe(ends.includes(status))
      expect(meaningOf(job) === 'completed').toBe(status === 'Completed')
    }),
    runs,
  )
})

test('a token that a script died with is cut from what its job says of it', async () => {
  const token = 'hf_0123456789abcdefghij'
  const said = `AlgorithmError: ExitCode 1 ErrorMessage "401 for ${token}" Command "python train.py"`
  const [trained, processed] = [
    await described('training', { TrainingJobStatus: 'Failed', FailureReason: said }),
    await described('processing', { ProcessingJobStatus: 'Failed', ExitMessage: said }),
  ]
  for (const job of [trained, processed])
    expect(job?.failureReason).toMatch(/^AlgorithmError: .*"401 for hf_0…" Command/)
})
