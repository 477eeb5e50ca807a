import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import type { Dependencies } from '../../activities'
import { toFailure } from '../../activities/failure'
import { feedRun } from '../../activities/feed-run'
import { newRunState } from '../../src/run-state'
import { pipeline, site } from '../workflows/scripted-world'
import { driveTimeouts } from './driven-timeouts'

driveTimeouts()

/** Refuses everybody, as a server does whose password was changed. */
let refusing: Server
const asked: (string | undefined)[] = []

beforeAll(async () => {
  refusing = createServer((request, answer) => {
    asked.push(request.headers.authorization)
    answer.writeHead(401).end('{"error_code": "UNAUTHENTICATED", "message": "who are you?"}')
  })
  await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve))
})
afterAll(() => new Promise((resolve) => refusing.close(resolve)))

test('a name and a password in the address of MLflow are sent as such, and told to nobody', async () => {
  const { port } = refusing.address() as AddressInfo
  const env = { MLFLOW_TRACKING_URI: `http://ada:s%40cret@127.0.0.1:${port}/mlflow` }
  const error: unknown = await feedRun({ env } as unknown as Dependencies, {
    ...{ site, outcome: 'completed', made: { datasetUri: null, codeUri: null, commit: null } },
    pipeline: { ...pipeline, feeds: { mlflow: { trackingUri: 'env:MLFLOW_TRACKING_URI' } } },
    state: newRunState('reviews'),
  }).catch((refused: unknown) => refused)
  expect(asked).toEqual([`Basic ${Buffer.from('ada:s@cret').toString('base64')}`])
  const failure = toFailure(error)
  expect(failure).toMatchObject({
    type: 'E_FEED',
    details: [{ where: `http://127.0.0.1:${port}/mlflow` }],
  })
  expect(JSON.stringify(failure)).not.toMatch(/ada|cret/)
})
