import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { knownPrices } from '../../../src/prices/known-prices'
import { findPrice } from '../../../src/prices/price'
import { refreshPrices } from '../../../src/prices/refresh-prices'
import { anOffer } from './offer'

const index = '/offers/v1.0/aws/AmazonSageMaker/current/region_index.json'
const offer = '/offers/v1.0/aws/AmazonSageMaker/20261120000000/eu-west-1/index.json'

let cache: string
let server: Server
let base: string
/** Path → what is answered there. */
let answers: Record<string, { status?: number; body: string }>

beforeAll(async () => {
  server = createServer((request, response) => {
    const { status = 200, body } = answers[request.url ?? ''] ?? { status: 404, body: '' }
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(body)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => new Promise((done) => server.close(done)))
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'holdfast-prices-'))
  answers = {
    [index]: {
      body: JSON.stringify({
        formatVersion: 'v1.0',
        publicationDate: '2026-11-20T00:00:00Z',
        regions: {
          'eu-west-1': { regionCode: 'eu-west-1', currentVersionUrl: offer },
          'us-east-1': { regionCode: 'us-east-1', currentVersionUrl: 'http://127.0.0.2:9/x.json' },
        },
      }),
    },
    [offer]: { body: JSON.stringify(anOffer(), null, 2) },
  }
})
afterEach(() => rm(cache, { recursive: true }))

const env = () => ({ HOLDFAST_CACHE: cache, HOLDFAST_PRICES_URL: base })
const refresh = (region = 'eu-west-1') =>
  refreshPrices({ region, env: env(), now: new Date('2026-11-24T12:00:00Z') })

test('each use has its own price, with region, source and the date read', async () => {
  const { file } = await refresh()
  expect(file).toEqual({
    region: 'eu-west-1',
    source: `${base}${offer}`,
    readAt: '2026-11-24',
    publishedAt: '2026-11-20T00:00:00Z',
    currency: 'USD',
    prices: {
      'ml.g5.xlarge': { training: 1.5, processing: 1.6, hosting: 1.7, transform: 1.8 },
      'ml.p4d.24xlarge': { training: 40.25 },
    },
  })
  const prices = await knownPrices({ region: 'eu-west-1', env: env() })
  expect(findPrice({ prices, instanceType: 'ml.g5.xlarge', use: 'processing' })).toEqual({
    instanceType: 'ml.g5.xlarge',
    use: 'processing',
    usdPerHour: 1.6,
    region: 'eu-west-1',
    source: `${base}${offer}`,
    readAt: '2026-11-24',
  })
})

test('prices of one region are never taken for another', async () => {
  await refresh()
  expect(await knownPrices({ region: 'eu-central-1', env: env() })).toEqual([])
})

test('a list that breaks off leaves the prices fetched before', async () => {
  await refresh()
  const whole = answers[offer]?.body ?? ''
  answers[offer] = { body: whole.slice(0, whole.length / 2) }
  await expect(refresh()).rejects.toMatchObject({ code: 'E_PRICE_LIST' })
  expect(await readdir(join(cache, 'prices'))).toEqual(['eu-west-1.json'])
  expect(await knownPrices({ region: 'eu-west-1', env: env() })).toHaveLength(5)
})

test('a region that the list lacks is refused, and those that it has are named', async () => {
  await expect(refresh('eu-nowhere-1')).rejects.toMatchObject({
    code: 'E_PRICES_REGION',
    hint: 'regions: eu-west-1, us-east-1',
  })
})

test('an address on another host is not followed', async () => {
  await expect(refresh('us-east-1')).rejects.toMatchObject({ code: 'E_PRICE_LIST' })
})

test('a server that refuses, and one that does not answer, are said with the address', async () => {
  answers[offer] = { status: 503, body: 'busy' }
  await expect(refresh()).rejects.toMatchObject({
    code: 'E_PRICES_UNREACHABLE',
    what: expect.stringContaining('HTTP 503') as string,
    where: `${base}${offer}`,
  })
  const nowhere = { HOLDFAST_CACHE: cache, HOLDFAST_PRICES_URL: 'http://127.0.0.1:9' }
  await expect(refreshPrices({ region: 'eu-west-1', env: nowhere })).rejects.toMatchObject({
    code: 'E_PRICES_UNREACHABLE',
  })
})

test('a list without one price of an instance is no list of prices', async () => {
  answers[offer] = { body: '{"products": {}, "terms": {"OnDemand": {}}}' }
  await expect(refresh()).rejects.toMatchObject({ code: 'E_PRICE_LIST' })
  expect(await readdir(cache)).toEqual([])
})
