import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { knownPrices } from '../../../src/prices/known-prices'
import { writeCachedPrices } from '../../../src/prices/price-cache'
import { findPrice, spotRange } from '../../../src/prices/price'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-prices-'))
})
afterEach(() => rm(folder, { recursive: true }))

const env = () => ({ HOLDFAST_CACHE: folder })
const region = 'eu-west-1'

async function write(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text)
  const changed = new Date('2026-10-01T00:00:00Z')
  await utimes(path, changed, changed)
  return path
}

test('nothing is known before somebody has said it', async () => {
  expect(await knownPrices({ region, env: env() })).toEqual([])
})

test('the sweep’s own prices come before a named file, and both before fetched ones', async () => {
  const file = await write(
    'prices.yaml',
    `region: ${region}\nprices: { ml.a.large: 2, ml.b.large: { training: 2 } }`,
  )
  const path = await write('sweep.yaml', '')
  await writeCachedPrices({
    env: env(),
    region,
    file: {
      region,
      source: 'https://list',
      readAt: '2026-11-24',
      prices: { 'ml.a.large': 3, 'ml.b.large': 3, 'ml.c.large': { training: 3 } },
    },
  })
  const prices = await knownPrices({
    region,
    env: env(),
    file,
    given: { prices: { 'ml.a.large': 1 }, path },
  })
  const found = (instanceType: string, use: 'training' | 'hosting') =>
    findPrice({ prices, instanceType, use })
  expect(found('ml.a.large', 'training')).toEqual({
    instanceType: 'ml.a.large',
    use: null,
    usdPerHour: 1,
    region,
    source: path,
    readAt: '2026-10-01',
  })
  expect(found('ml.b.large', 'training')).toMatchObject({ usdPerHour: 2, source: file })
  expect(found('ml.b.large', 'hosting')).toMatchObject({ usdPerHour: 3, source: 'https://list' })
  expect(found('ml.c.large', 'hosting')).toBeUndefined()
})

test('a file of another region says nothing about this one', async () => {
  const file = await write('prices.yaml', 'region: us-east-1\nprices: { ml.a.large: 2 }')
  expect(await knownPrices({ region, env: env(), file })).toEqual([])
})

test.each([
  ['no such file', undefined],
  ['no region', 'prices: { ml.a.large: 2 }'],
  ['prices.ml.a.large', 'region: eu-west-1\nprices: { ml.a.large: cheap }'],
  ['prices', 'region: eu-west-1\nml.a.large: 2'],
  ['currency', 'region: eu-west-1\ncurrency: EUR\nprices: { ml.a.large: 2 }'],
  ['YAML', 'prices: {'],
])('a file with a fault is refused: %s', async (_, text) => {
  const file = text === undefined ? join(folder, 'none') : await write('prices.yaml', text)
  await expect(knownPrices({ region, env: env(), file })).rejects.toMatchObject({
    code: 'E_PRICES_FILE',
    where: file,
  })
})

test('spot is a range, never a number', () => {
  const { from, to } = spotRange(2)
  expect([from.toFixed(2), to]).toEqual(['0.20', 2])
  expect(spotRange(28.15).from).toBe(2.815)
})
