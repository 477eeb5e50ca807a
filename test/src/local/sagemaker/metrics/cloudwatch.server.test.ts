import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  credentials,
  requiredVariable,
  startSagemakerProcess,
  type Server,
} from '../sagemaker-process'

jest.setTimeout(240_000)

let folder: string
let server: Server
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-cloudwatch-'))
  server = await startSagemakerProcess({ dataDir: join(folder, 'data'), runner: 'scripted' })
})
afterAll(async () => {
  await server.stop('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

/** What cloudwatch_client.py prints. */
interface Report {
  points: object[]
  put: object
  metrics: object[]
  form: [number, string]
  badForm: [number, string]
  json: [number, string]
  refusals: Record<string, string>
}

test('boto3 and older wires read what jobs print and what programs put', async () => {
  const python = requiredVariable('HOLDFAST_PYTHON')
  const script = join(__dirname, 'cloudwatch_client.py')
  const { stdout } = await promisify(execFile)(python, [script, server.endpoint], {
    timeout: 180_000,
    env: {
      PATH: process.env.PATH,
      // No configuration of whoever runs this test.
      HOME: folder,
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_ENDPOINT_URL: server.endpoint,
    },
  })
  const report = JSON.parse(stdout) as Report

  expect(report.points).toEqual([{ Timestamp: 0, Average: 0.25, SampleCount: 1, Unit: 'None' }])
  // The period of 12:00:30 begins at 12:00:00.
  expect(report.put).toEqual({ timestamps: [-30, 30], values: [7, -2] })
  expect(report.metrics).toEqual([
    {
      Namespace: 'Ours',
      MetricName: 'rows',
      Dimensions: [{ Name: 'table', Value: 'a&b' }],
    },
  ])
  expect(report.form[0]).toBe(200)
  expect(report.form[1]).toContain(
    '<Datapoints><member><Timestamp>2026-01-01T12:00:00.000Z</Timestamp><Maximum>4</Maximum><Minimum>1.5</Minimum><Unit>None</Unit></member>',
  )
  expect(report.badForm[0]).toBe(400)
  expect(report.badForm[1]).toContain('<Code>MalformedInput</Code>')
  expect(JSON.parse(report.json[1])).toEqual({
    Label: 'rows',
    Datapoints: [{ Timestamp: 1767268800, Sum: 5, Unit: 'None' }],
  })
  expect(report.refusals).toEqual({
    tooMany: 'InvalidParameterCombination',
    backwards: 'InvalidParameterValue',
    expression: 'UnknownOperationException',
    reserved: 'InvalidParameterValue',
    alarm: 'UnknownOperationException',
  })
})
