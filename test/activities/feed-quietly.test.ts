import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

import { pino } from 'pino'

import type { Dependencies } from '../../activities'
import { feedQuietly } from '../../activities/feed-quietly'
import { feedTrial } from '../../activities/feed-trial'
import { pipeline, site } from '../workflows/scripted-world'
import { driveTimeouts } from './driven-timeouts'

driveTimeouts()

test('trials that end together ask a server four at a time, and hardly ever for their sweep', async () => {
  let [asking, most] = [0, 0]
  /** Nobody is answered before four have asked. */
  let fourAsk: () => void = () => undefined
  const four = new Promise<void>((resolve) => (fourAsk = resolve))
  const created: string[] = []
  const ended: string[] = []
  const filters: string[] = []
  const server = createServer((request, response) => {
    most = Math.max(most, ++asking)
    if (asking === 4) fourAsk()
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const asked = JSON.parse(body || '{}') as Record<string, string>
      if (asked['run_name']) created.push(asked['run_name'])
      if (asked['status']) ended.push(asked['status'])
      if (asked['filter']) filters.push(asked['filter'])
      const isSweep = asked['filter']?.endsWith("'lr-0a1b2c3d'") ?? false
      const info = { run_id: 'r1', experiment_id: '1', status: 'RUNNING' }
      const runs = isSweep ? [{ info }] : []
      // A fifth would ask meanwhile.
      void four
        .then(() => sleep(20))
        .then(() => {
          asking -= 1
          response.end(JSON.stringify({ experiment: { experiment_id: '1' }, runs, run: { info } }))
        })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const trackingUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const shown = { ...pipeline, feeds: { mlflow: { trackingUri } } }
  const deps = {
    ...{ env: {}, log: pino({ level: 'silent' }), sagemaker: { config: {} } },
  } as unknown as Dependencies
  const sweepRun = 's3://b/holdfast/sweeps/lr-0a1b2c3d'
  const feed = (number: number) =>
    feedQuietly(deps, {
      ...{ pipeline: shown, what: `trial ${number}` },
      work: (signal) =>
        feedTrial(deps, {
          site: { ...site, run: `${sweepRun}/trials/trial-${number}` },
          ...{ pipeline: shown, metric: 'eval_accuracy', signal },
          trial: { sweepId: 'lr', sweepRun, number },
          end: {
            ...{ number, state: 'completed', score: 1, artifactUri: null, error: null },
            attempts: [],
          },
        }),
    })
  try {
    await Promise.all(Array.from({ length: 12 }, (_, index) => feed(index + 1)))
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  expect(most).toBe(4)
  expect(new Set(created).size).toBe(12)
  expect(ended).toEqual(Array.from({ length: 12 }, () => 'FINISHED'))
  // Those that come first ask before anybody has an answer.
  expect(filters.filter((filter) => filter.endsWith("'lr-0a1b2c3d'")).length).toBeLessThanOrEqual(4)
})
