/** `HuggingFaceProcessor(...).run(...)`. */

import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AwsCall } from '../../src/estimator/aws-call'
import { packCode } from '../../src/estimator/code-archive'
import { processCalls } from '../../src/estimator/processing-job-calls'
import type { HuggingFaceProcessor, ProcessingRun } from '../../src/estimator/processor'
import { isObject } from '../exact-json'
import { clonedSource } from '../git-source'
import type { CallsOf, Json, JsonObject, RecordedCase, World } from '../kind'
import { plainArguments } from '../serving-arguments'
import { roleArnOf, sessionOf } from '../world'

export const callsOf: CallsOf = async ({ one, world }) => {
  const { role, ...processor } = plainArguments(one['processor'])
  const run = await runOf({ one, world })
  const calls = await processCalls({
    processor: {
      ...processor,
      role: roleArnOf(typeof role === 'string' ? role : ''),
    } as unknown as HuggingFaceProcessor,
    run,
    session: sessionOf(world),
    stamp: world.stamp,
  })
  return Promise.all(calls.map((call) => withBody({ call, run, one, world })))
}

async function runOf(options: { one: RecordedCase; world: World }): Promise<ProcessingRun> {
  const { inputs, outputs, gitConfig, ...given } = plainArguments(options.one['run'])
  const run = {
    ...given,
    ...(Array.isArray(inputs) && { inputs: inputs.map(inputOf) }),
    ...(Array.isArray(outputs) && { outputs: outputs.map(outputOf) }),
  } as unknown as ProcessingRun
  if (gitConfig === undefined) return run
  const source = { ...run, entryPoint: run.code }
  const { entryPoint, ...cloned } = await clonedSource({ ...options, source, gitConfig })
  return { ...cloned, code: entryPoint }
}

function outputOf(output: Json): Json {
  if (!isObject(output) || !isObject(output['featureStoreOutput'])) return output
  return { ...output, featureStoreOutput: asRequest(output['featureStoreOutput']) }
}

/** The SDK's object with the names of the request. */
function asRequest(value: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key.charAt(0).toUpperCase() + key.slice(1),
      isObject(member) ? asRequest(member) : member,
    ]),
  )
}

/** What the SDK's `DatasetDefinition` has where nothing is said. */
const ofDataset = { DataDistributionType: 'ShardedByS3Key', InputMode: 'File' }

/** An input's place may be an object of its own, with other names. */
function inputOf(input: Json): Json {
  if (isObject(input) && isObject(input['datasetDefinition'])) {
    const datasetDefinition = { ...ofDataset, ...asRequest(input['datasetDefinition']) }
    return { ...input, datasetDefinition }
  }
  if (!isObject(input) || !isObject(input['s3Input'])) return input
  const { s3Input, ...rest } = input
  const { s3Uri = null, localPath = null, ...ways } = s3Input
  return { ...rest, ...ways, source: s3Uri, destination: localPath }
}

async function withBody(options: {
  call: AwsCall
  run: ProcessingRun
  one: RecordedCase
  world: World
}): Promise<AwsCall> {
  const { call, run, one, world } = options
  if (call.op !== 'PutObject') return call
  const { Body, Key } = call.params as { Body?: string; Key: string }
  if (Body !== undefined) {
    const lines = Body.trimEnd().split('\n').length
    return { ...call, params: { ...call.params, Body: { $text_lines: lines } } }
  }
  if (!Key.endsWith('/sourcedir.tar.gz')) {
    const lines = await linesOfInput({ Key, run })
    return { ...call, params: { ...call.params, Body: { $text_lines: lines } } }
  }
  const folder = join(world.scratch, one.name)
  await mkdir(folder, { recursive: true })
  const { code: entryPoint, sourceDir, dependencies } = run
  const outFile = join(folder, 'sourcedir.tar.gz')
  const { members } = await packCode({ entryPoint, sourceDir, dependencies, outFile })
  return { ...call, params: { ...call.params, Body: { $tar: members } } }
}

/** Of a local input, which lies below `input/{name}/` as it did below its source. */
async function linesOfInput(options: { Key: string; run: ProcessingRun }): Promise<number> {
  const [, name = '', file = ''] = /\/input\/([^/]+)\/(.+)$/.exec(options.Key) ?? []
  const inputs = options.run.inputs ?? []
  const input = inputs.find((one, at) => (one.inputName ?? `input-${at + 1}`) === name)
  if (!input || !('source' in input)) throw new Error(`no input ${name}`)
  const path = input.source.endsWith(`/${file}`) ? input.source : join(input.source, file)
  return (await readFile(path, 'utf8')).trimEnd().split('\n').length
}
