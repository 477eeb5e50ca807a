import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCli } from '../../../src/cli/run-cli'
import { anOffer } from '../prices/offer'
import { aCli } from './a-cli'

const offer = '/offers/v1.0/aws/AmazonSageMaker/1/eu-west-1/index.json'
let server: Server
let env: NodeJS.ProcessEnv
beforeAll(async () => {
  server = createServer(({ url }, response) => {
    const regions = { 'eu-west-1': { regionCode: 'eu-west-1', currentVersionUrl: offer } }
    response.end(JSON.stringify(url === offer ? anOffer() : { regions }))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  const cache = await mkdtemp(join(tmpdir(), 'holdfast-prices-'))
  env = { HOLDFAST_CACHE: cache, HOLDFAST_PRICES_URL: `http://127.0.0.1:${port}` }
})
afterAll(async () => {
  await new Promise((done) => server.close(done))
  await rm(env['HOLDFAST_CACHE'] ?? '', { recursive: true })
})

async function run(...args: string[]) {
  const cli = aCli({ env })
  await runCli(cli, args)
  return { code: cli.exitCode, out: cli.out(), err: cli.err() }
}

test('prices are unknown until they are fetched, and then have a region, a source and a date', async () => {
  const unknown = await run('prices')
  expect(unknown).toMatchObject({ code: 0, out: '' })
  expect(unknown.err).toContain('holdfast prices refresh --region REGION')

  // Midnight may pass.
  const today = () => new Date().toISOString().slice(0, 10)
  const before = today()
  expect(await run('prices', 'refresh', '--region', 'eu-west-1')).toMatchObject({
    code: 0,
    out: '',
  })
  const days = [before, today()]
  const { out } = await run('prices', 'ls', '--types', 'ml.g5.xlarge')
  const read = /read (\S+) from/.exec(out)?.[1] ?? ''
  expect(days).toContain(read)
  expect(out.split('\n')).toEqual([
    `eu-west-1, USD/h on demand, read ${read} from`,
    `${env['HOLDFAST_PRICES_URL']}${offer}`,
    'TYPE          TRAINING  PROCESSING  HOSTING  TRANSFORM',
    'ml.g5.xlarge  1.5       1.6         1.7      1.8',
    '',
  ])
  const all = JSON.parse((await run('prices', '--json')).out) as unknown[]
  expect(all).toHaveLength(5)
})

test.each([
  ['refresh without a region', ['prices', 'refresh']],
  ['an instance type that is none', ['plan', '--compare', 'g5.xlarge']],
  ['no instance type', ['plan', '--compare', ',']],
])('%s is a usage error', async (_, args) => {
  expect(await run(...args)).toMatchObject({ code: 2, out: '' })
})
