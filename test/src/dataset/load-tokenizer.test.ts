import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadTokenizer } from '../../../src/dataset/load-tokenizer'
import { tokenizerFiles } from '../../../src/dataset/tokenizer-files'
import { configureTokenizer, tokenizeRows } from '../../../src/dataset/tokenize-rows'
import { errorOf } from './data-files'
import { filesOf, wordLevel } from './tiny-tokenizer'

const load = (files: Record<string, unknown>) => loadTokenizer({ files: filesOf(files) })
const tokenize = async (
  loaded: Awaited<ReturnType<typeof load>>,
  texts: string[],
  maxLength: number,
) => {
  const rows = texts.map((text) => ({ text, label: 0 }))
  const batches = []
  for await (const batch of tokenizeRows({ rows, loaded, maxLength })) batches.push(batch)
  return batches
}

test("the tokenizer file's own truncation is overruled, and lost tokens are counted", async () => {
  const loaded = await load({ 'tokenizer.json': wordLevel })
  configureTokenizer({ loaded, maxLength: 3, padding: 'none' })
  const [batch] = await tokenize(loaded, ['good film', 'good film good film', 'bad'], 3)
  expect([...(batch?.inputIds ?? [])]).toEqual([4, 2, 3, 4, 2, 3, 4, 1])
  expect([...(batch?.offsets ?? [])]).toEqual([0, 3, 6, 8])
  expect(batch?.truncated).toBe(1)
})

test('padding on disk uses the token and the side of tokenizer_config.json', async () => {
  const config = { pad_token: { content: '[PAD]' }, padding_side: 'left' }
  const loaded = await load({ 'tokenizer.json': wordLevel, 'tokenizer_config.json': config })
  configureTokenizer({ loaded, maxLength: 4, padding: 'max_length' })
  const [batch] = await tokenize(loaded, ['good'], 4)
  expect([...(batch?.inputIds ?? [])]).toEqual([0, 0, 4, 2])
  expect([...(batch?.attentionMask ?? [])]).toEqual([0, 0, 1, 1])
})

test('padding without a padding token is refused', async () => {
  const loaded = await load({ 'tokenizer.json': wordLevel })
  const configure = () => configureTokenizer({ loaded, maxLength: 4, padding: 'max_length' })
  expect(configure).toThrow(/needs a padding token/)
})

test('rows keep their order over many batches', async () => {
  const loaded = await load({ 'tokenizer.json': wordLevel })
  configureTokenizer({ loaded, maxLength: 8, padding: 'none' })
  const texts = Array.from({ length: 1001 }, (_, index) => (index % 3 === 0 ? 'film' : 'good'))
  const batches = await tokenize(loaded, texts, 8)
  expect(batches.map(({ rows }) => rows.length)).toEqual([250, 250, 250, 250, 1])
  const ids = batches.flatMap(({ inputIds }) => [...inputIds])
  expect(ids).toEqual(texts.flatMap((text) => [4, text === 'film' ? 3 : 2]))
})

test('a model with only a vocabulary is refused with the way to mend it', async () => {
  const error = await errorOf(load({ 'vocab.txt': '' }))
  expect(error.code).toBe('E_TOKENIZER')
  expect(error.what).toBe('the model has vocab.txt but no tokenizer.json')
  expect(error.hint).toContain('save_pretrained')
})

test('a tokenizer.json that is no tokenizer is refused', async () => {
  expect((await errorOf(load({ 'tokenizer.json': { a: 1 } }))).code).toBe('E_TOKENIZER')
})

/** A server that answers over HTTP as the Hub does; the real Hub is not asked in tests. */
describe('from the Hub', () => {
  let hub: Server
  let endpoint: string
  let folder: string
  const requests: { url: string; token: string | undefined }[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-hub-'))
    hub = createServer((request, response) => {
      const url = request.url ?? ''
      requests.push({ url, token: request.headers.authorization })
      const body = Buffer.from(JSON.stringify(wordLevel))
      if (url.startsWith('/gated/'))
        response.writeHead(401).end('Access to this model is restricted')
      else if (url.startsWith('/none/')) {
        response.writeHead(404, { 'X-Error-Code': 'RepoNotFound' }).end('Repository not found')
      } else if (url.startsWith('/broken/')) response.writeHead(500).end()
      else if (url.endsWith('/tokenizer.json')) {
        const [, first = '0', last] = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? '') ?? []
        const part = body.subarray(Number(first), last ? Number(last) + 1 : undefined)
        const range = `bytes ${first}-${Number(first) + part.length - 1}/${body.length}`
        response.writeHead(206, { ETag: '"e"', 'Content-Range': range }).end(part)
      } else response.writeHead(404, { 'X-Error-Code': 'EntryNotFound' }).end('Entry not found')
    })
    await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve))
    endpoint = `http://127.0.0.1:${(hub.address() as AddressInfo).port}`
  })
  afterAll(async () => {
    hub.closeAllConnections()
    await new Promise((resolve) => hub.close(resolve))
    await rm(folder, { recursive: true, force: true })
  })
  const fromHub = (id: string, env: Record<string, string> = {}) =>
    loadTokenizer({
      files: tokenizerFiles({
        model: { kind: 'hub', id, revision: 'abc123' },
        env: { HF_ENDPOINT: endpoint, ...env },
      }),
    })

  test('the pinned revision is asked for, with the token', async () => {
    const { tokenizer } = await fromHub('org/model', { HF_TOKEN: 'hf_secret' })
    expect(tokenizer.tokenToId('film')).toBe(3)
    const asked = requests.filter(({ url }) => url.includes('/org/model/'))
    expect(asked[0]?.url).toContain('/org/model/resolve/abc123/tokenizer.json')
    expect(new Set(asked.map(({ token }) => token))).toEqual(new Set(['Bearer hf_secret']))
  })

  test.each([
    ['gated/model', 'E_HUB_DENIED'],
    ['none/model', 'E_HUB_NOT_FOUND'],
    ['broken/model', 'E_HUB_UNREACHABLE'],
  ])('%s is refused as %s', async (id, code) => {
    expect((await errorOf(fromHub(id))).code).toBe(code)
  })

  test('a Hub that does not answer is named', async () => {
    const error = await errorOf(fromHub('org/model', { HF_ENDPOINT: 'http://127.0.0.1:9' }))
    expect(error.code).toBe('E_HUB_UNREACHABLE')
    expect(error.where).toContain('http://127.0.0.1:9')
  })

  test('offline, the cache of huggingface_hub is read and nothing is asked', async () => {
    const env = { HF_HUB_OFFLINE: '1', HF_HUB_CACHE: folder }
    const count = requests.length
    expect((await errorOf(fromHub('org/model', env))).code).toBe('E_HUB_OFFLINE')
    const snapshot = join(folder, 'models--org--model', 'snapshots', 'abc123')
    await mkdir(snapshot, { recursive: true })
    await writeFile(join(snapshot, 'tokenizer.json'), JSON.stringify(wordLevel))
    expect((await fromHub('org/model', env)).tokenizer.tokenToId('good')).toBe(2)
    expect(requests).toHaveLength(count)
  })
})
