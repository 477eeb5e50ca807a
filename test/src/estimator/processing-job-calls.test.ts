import { HoldfastError } from '../../../src/errors'
import { processCalls } from '../../../src/estimator/processing-job-calls'
import type { HuggingFaceProcessor, ProcessingRun } from '../../../src/estimator/processor'
import { session, stamps } from './serving-examples'

const processor: HuggingFaceProcessor = {
  role: 'arn:aws:iam::111122223333:role/sm',
  instanceType: 'ml.g4dn.xlarge',
  instanceCount: 1,
  transformersVersion: '4.46',
  pytorchVersion: '2.3',
  pyVersion: 'py311',
}

const callsOf = (run: ProcessingRun, over: Partial<HuggingFaceProcessor> = {}) =>
  processCalls({ processor: { ...processor, ...over }, run, session, stamp: stamps.stamp })

const refusalOf = async (run: ProcessingRun, over?: Partial<HuggingFaceProcessor>) => {
  const refusal: unknown = await callsOf(run, over).catch((error: unknown) => error)
  return refusal instanceof HoldfastError ? refusal.code : refusal
}

const rows = { source: 's3://data/rows', destination: '/opt/ml/processing/rows' }

test('inputs and outputs without names are counted, and the code comes last', async () => {
  const calls = await callsOf({
    code: 'prepare.py',
    sourceDir: './scripts',
    inputs: [rows, rows],
    outputs: [{ source: '/opt/ml/processing/out' }],
  })
  const job = calls.at(-1)?.params as {
    ProcessingInputs: { InputName: string }[]
    ProcessingOutputConfig: { Outputs: { S3Output: { S3Uri: string } }[] }
  }
  expect(job.ProcessingInputs.map(({ InputName }) => InputName)).toEqual([
    'input-1',
    'input-2',
    'code',
    'entrypoint',
  ])
  expect(job.ProcessingOutputConfig.Outputs[0]?.S3Output.S3Uri).toBe(
    `s3://${session.defaultBucket}/huggingface-${stamps.stamp}/output/output-1`,
  )
})

test('the start script runs the script that was named', async () => {
  const calls = await callsOf({ code: 'tools/prepare.py', sourceDir: './scripts' })
  const start = calls.find(({ params }) => 'Body' in params)?.params as { Body: string }
  expect(start.Body).toContain('python tools/prepare.py "$@"')
})

test.each([
  ['E_NO_IMAGE', {}, { instanceType: 'ml.m5.xlarge' }],
  ['E_NO_IMAGE', {}, { pyVersion: undefined }],
  ['E_CODE_URI', { sourceDir: 's3://code/archive.zip' }, {}],
  ['E_PROCESSING_INPUT', { inputs: [{ ...rows, s3CompressionType: 'Gzip' as const }] }, {}],
  ['E_PROCESSING_INPUT', { inputs: [{ ...rows, source: '/no/such/folder' }] }, {}],
  ['E_CODEARTIFACT', { codeartifactRepoArn: 'arn:aws:s3:::bucket' }, {}],
])('%s refuses %j %j', async (code, run, over) => {
  expect(await refusalOf({ code: 'prepare.py', sourceDir: './scripts', ...run }, over)).toBe(code)
})
