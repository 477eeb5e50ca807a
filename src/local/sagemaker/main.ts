/** Entry point of sagemaker-local: `node dist/src/local/sagemaker/main.js --port N --data-dir D [--runner R]`. */

import { resolve, join } from 'node:path'
import { parseArgs } from 'node:util'
import { pino } from 'pino'
import { HoldfastError } from '../../errors'
import { createJobEngine } from './jobs/engine'
import { jobEvent } from './jobs/job-event'
import { createScenario } from './jobs/scenario'
import { createEventQueue } from './queue/event-queue'
import { startSagemakerServer } from './server'

const log = pino({ name: 'sagemaker-local' })

const runners = ['toolkit', 'built-in', 'scripted'] as const

async function main(): Promise<void> {
  const { port, dataDir, runner } = readArguments()
  const accessKeyId = requiredVariable('AWS_ACCESS_KEY_ID')
  const secretAccessKey = requiredVariable('AWS_SECRET_ACCESS_KEY')
  const region = process.env.AWS_REGION ?? 'us-east-1'
  // The S3 server's access key is the account, so that bucket-owner checks run for real.
  const account = accessKeyId

  const scenario = createScenario({ file: join(dataDir, 'scenario.yaml'), logger: log })
  const events = createEventQueue({ now: Date.now })
  const engine = await createJobEngine({
    ...{ dataDir, runner, region, scenario, logger: log },
    onChange: (job) => events.send(jobEvent({ job, account, region })),
  })
  const server = await startSagemakerServer({
    dataDir,
    engine,
    events,
    scenario,
    account,
    region,
    accessKeyId,
    secretAccessKey,
    port,
    onRequest: ({ error, ...request }) => {
      if (error === undefined) log.info(request, 'request')
      else log.error({ ...request, err: error }, 'request failed')
    },
  })
  log.info({ port: server.port, runner, region, account }, 'listening')

  const stop = async (signal: string) => {
    log.info({ signal }, 'closing; jobs go on')
    await server.close()
    await engine.close()
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      stop(signal).then(() => process.exit(0), fail)
    })
  }
}

function readArguments() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string' },
      'data-dir': { type: 'string' },
      runner: { type: 'string', default: 'toolkit' },
    },
  })
  const port = Number(values.port)
  const runner = runners.find((name) => name === values.runner)
  const dataDir = values['data-dir']
  const faults = [
    Number.isInteger(port) && port > 0 && port < 65_536 ? undefined : '--port must be 1 to 65535',
    dataDir ? undefined : '--data-dir must be given',
    runner ? undefined : `--runner must be one of ${runners.join(', ')}`,
  ].filter((fault) => fault !== undefined)
  if (!runner || !dataDir || faults.length > 0) {
    throw new HoldfastError({
      code: 'E_LOCAL_ARGUMENTS',
      what: faults.join('; '),
      where: 'sagemaker-local',
    })
  }
  return { port, runner, dataDir: resolve(dataDir) }
}

function requiredVariable(name: string): string {
  const value = process.env[name]
  if (value) return value
  throw new HoldfastError({
    code: 'E_LOCAL_CREDENTIALS',
    what: `${name} is not set`,
    where: 'sagemaker-local',
    hint: 'start it by `holdfast up`, which gives it the local credentials',
  })
}

function fail(error: unknown): void {
  log.fatal({ err: error }, 'sagemaker-local cannot go on')
  process.exit(1)
}

main().catch(fail)
