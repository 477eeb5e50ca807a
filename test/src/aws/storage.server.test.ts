import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers'
import { setTimeout as sleep } from 'node:timers/promises'

import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3'

import { createAwsClients } from '../../../src/aws/clients'
import { copyObjects } from '../../../src/aws/copy-object'
import { createStorage } from '../../../src/aws/storage'
import { toFailure } from '../../../activities/failure'
import {
  account,
  bucket,
  destroyAll,
  startLocalAws,
  type LocalAws,
} from '../../activities/local-aws'
import { waitFor } from '../../e2e/support/wait-for'
import { withOwnTimers } from '../own-timers'
import { startProxy } from './stubborn-servers'

jest.setTimeout(180_000)

let local: LocalAws
beforeAll(async () => {
  local = await startLocalAws()
})
afterAll(() => local.stop())

const at = (key: string) => `s3://${bucket}/${key}`
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

test('what is written is read back, with its size and hash', async () => {
  const { storage } = local
  const bytes = randomBytes(300_000)
  await storage.write(at('plain/bytes'), bytes)
  expect(await storage.read(at('plain/bytes'))).toEqual(bytes)
  expect(await storage.size(at('plain/bytes'))).toBe(300_000)
  const seen: number[] = []
  const hashed = await storage.hash(at('plain/bytes'), (count) => seen.push(count))
  expect(hashed).toEqual({ sha256: sha256(bytes), size: 300_000 })
  expect(seen.at(-1)).toBe(300_000)
})

test('the same bytes have the same ETag, by HEAD as in a listing, and others another', async () => {
  const etagOf = async (body: string) => {
    await local.storage.write(at('etag/object'), body)
    const head = await local.storage.head(at('etag/object'))
    expect(head).toMatchObject({ size: body.length, versionId: null })
    expect(await local.storage.list(at('etag'))).toMatchObject([{ etag: head?.etag }])
    return head?.etag
  }
  const first = await etagOf('one')
  expect(first).toMatch(/[0-9a-f]{32}/)
  expect(await etagOf('two')).not.toBe(first)
  expect(await etagOf('one')).toBe(first)
})

test('an upload in parts ends at its signal, and leaves neither an object nor parts', async () => {
  const stop = new AbortController()
  const { s3 } = local.aws
  const storage = createStorage({ s3, owner: account, signal: stop.signal })
  // Two whole parts, and then nothing more.
  const body = new Readable({ read: () => undefined })
  for (let sent = 0; sent < 36; sent++) body.push(randomBytes(1024 * 1024))
  const unfinished = async () =>
    (await s3.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads?.length ?? 0
  const upload = storage.uploadStream({ body, uri: at('stopped/large') })
  const outcome = expect(upload).rejects.toMatchObject({ name: 'AbortError' })
  await waitFor(async () => (await unfinished()) > 0, { what: 'upload to begin', deadline: 60 })
  stop.abort()
  await outcome
  expect(body.destroyed).toBe(true)
  await waitFor(async () => (await unfinished()) === 0, { what: 'parts to go', deadline: 60 })
  expect(await local.storage.size(at('stopped/large'))).toBeNull()
  await expect(
    storage.uploadStream({ body: Readable.from([Buffer.from('x')]), uri: at('stopped/later') }),
  ).rejects.toMatchObject({ name: 'AbortError' })
})

test('an empty object is there', async () => {
  await local.storage.write(at('plain/empty'), '')
  expect(await local.storage.size(at('plain/empty'))).toBe(0)
  expect(await local.storage.readIfThere(at('plain/empty'))).toEqual(Buffer.alloc(0))
})

test('what is not there is null, and reading it anyway is an error', async () => {
  expect(await local.storage.readIfThere(at('none'))).toBeNull()
  expect(await local.storage.size(at('none'))).toBeNull()
  expect(await local.storage.head(at('none'))).toBeNull()
  await expect(local.storage.read(at('none'))).rejects.toMatchObject({ name: 'NoSuchKey' })
})

test('a bucket that belongs to another account gets no byte, and gives none', async () => {
  const stranger = createStorage({ s3: local.aws.s3, owner: '999988887777' })
  await local.storage.write(at('owned/secret'), 'secret')
  const path = join(local.root, 'stolen')
  const calls = [
    () => stranger.read(at('owned/secret')),
    () => stranger.readIfThere(at('owned/secret')),
    () => stranger.size(at('owned/secret')),
    () => stranger.write(at('owned/new'), 'x'),
    () => stranger.writeIfAbsent(at('owned/new'), 'x'),
    () => stranger.uploadStream({ body: Readable.from([Buffer.from('x')]), uri: at('owned/new') }),
    () => stranger.downloadFile({ uri: at('owned/secret'), path }),
    () =>
      copyObjects({
        ...{ s3: local.aws.s3, owner: '999988887777' },
        objects: [{ from: at('owned/secret'), to: at('owned/new'), size: 6 }],
      }),
    () => stranger.list(at('owned')),
    () => stranger.removeAll(at('owned')),
  ]
  for (const call of calls) {
    const refused: unknown = await call().catch((error: unknown) => error)
    expect(toFailure(refused)).toMatchObject({ type: 'E_ACCESS_DENIED', nonRetryable: true })
  }
  expect((await local.storage.list(at('owned'))).map(({ path }) => path)).toEqual(['secret'])
})

test('of ten who write the same absent object at once, exactly one does', async () => {
  for (let round = 0; round < 5; round++) {
    const uri = at(`race/${round}`)
    const bodies = Array.from({ length: 10 }, (_, writer) => `writer ${writer}`)
    const won = await Promise.all(bodies.map((body) => local.storage.writeIfAbsent(uri, body)))
    expect(won.filter(Boolean)).toHaveLength(1)
    expect((await local.storage.read(uri)).toString()).toBe(`writer ${won.indexOf(true)}`)
    expect(await local.storage.writeIfAbsent(uri, 'late')).toBe(false)
  }
})

test('a download whose bytes are not those recorded is refused', async () => {
  const bytes = randomBytes(2_000_000)
  await local.storage.write(at('model'), bytes)
  const path = join(local.root, 'new', 'folder', 'model')
  const good = await local.storage.downloadFile({ uri: at('model'), path, sha256: sha256(bytes) })
  expect(good).toEqual({ sha256: sha256(bytes), size: 2_000_000 })
  expect(await readFile(path)).toEqual(bytes)
  const wrong = local.storage.downloadFile({ uri: at('model'), path, sha256: 'a'.repeat(64) })
  await expect(wrong).rejects.toMatchObject({ code: 'E_ARTIFACT_INVALID', where: at('model') })
})

test('a stream of unknown length is uploaded whole, in parts', async () => {
  const parts = Array.from({ length: 20 }, () => randomBytes(1024 * 1024))
  await local.storage.uploadStream({ body: Readable.from(parts), uri: at('streamed') })
  expect(await local.storage.hash(at('streamed'))).toEqual({
    sha256: sha256(Buffer.concat(parts)),
    size: 20 * 1024 * 1024,
  })
})

test('a stream that breaks leaves no object', async () => {
  async function* breaking() {
    yield randomBytes(17 * 1024 * 1024)
    await sleep(10)
    throw new Error('the source broke')
  }
  const body = Readable.from(breaking(), { objectMode: false })
  await expect(local.storage.uploadStream({ body, uri: at('broken') })).rejects.toThrow(/broke/)
  expect(await local.storage.size(at('broken'))).toBeNull()
})

test('keys with any character survive writing, copying, listing and uploading a file', async () => {
  const names = ['a b', 'a+b', 'ünï/cödé', '100%', 'q?x=1&y=2#z', "it's (1)!*", 'a%20b', 'emoji-😀']
  const path = join(local.root, 'upload')
  await writeFile(path, 'from a file')
  for (const name of names) {
    await local.storage.write(at(`odd/${name}`), name)
    await local.storage.uploadFile({ path, uri: at(`uploaded/${name}`) })
  }
  await copyObjects({
    ...{ s3: local.aws.s3, owner: account },
    objects: names.map((name) => ({
      ...{ from: at(`odd/${name}`), to: at(`copied/${name}`), size: Buffer.byteLength(name) },
    })),
  })
  for (const { uri, path: name } of await local.storage.list(at('copied')))
    expect((await local.storage.read(uri)).toString()).toBe(name)
  const listed = (await local.storage.list(at('uploaded'))).map((each) => each.path)
  expect(listed.sort()).toEqual([...names].sort())
})

test('a prefix of more than a thousand keys is listed and removed whole, and its neighbour stays', async () => {
  const keys = Array.from({ length: 1_005 }, (_, index) => `many/${String(index).padStart(5, '0')}`)
  for (let start = 0; start < keys.length; start += 50)
    await Promise.all(keys.slice(start, start + 50).map((key) => local.storage.write(at(key), '1')))
  await local.storage.write(at('many-more'), 'neighbour')
  expect(await local.storage.list(at('many'))).toHaveLength(1_005)
  await local.storage.removeAll(at('many'))
  expect(await local.storage.list(at('many'))).toEqual([])
  expect(await local.storage.size(at('many-more'))).toBe(9)
})

describe('when the network is bad', () => {
  const size = 8 * 1024 * 1024
  beforeAll(() => local.storage.write(at('large'), randomBytes(size)))

  async function through(
    proxyOptions: Omit<Parameters<typeof startProxy>[0], 'port'>,
    work: (options: { s3: ReturnType<typeof createAwsClients>['s3'] }) => Promise<void>,
  ) {
    const s3Port = Number(new URL(local.env['AWS_ENDPOINT_URL_S3'] ?? '').port)
    const proxy = await startProxy({ port: s3Port, ...proxyOptions })
    const env = { ...local.env, AWS_ENDPOINT_URL_S3: proxy.endpoint }
    const clients = createAwsClients({ env })
    try {
      await work(clients)
    } finally {
      destroyAll(clients)
      await proxy.close()
    }
  }

  test('a body that stops coming is given up, and may be tried again', async () => {
    await through({ answerBytes: 1_000_000 }, async ({ s3 }) => {
      const storage = createStorage({ s3, owner: account, stallLimit: 300 })
      const startedAt = Date.now()
      const stalled: unknown = await storage.hash(at('large')).catch((error: unknown) => error)
      expect(stalled).toMatchObject({ code: 'E_S3_STALLED', where: at('large') })
      expect(toFailure(stalled)).toMatchObject({ nonRetryable: false })
      // Of its own accord the client would wait for 30 s.
      expect(Date.now() - startedAt).toBeLessThan(25_000)
    })
  })

  test('a reader that is slow itself is no stall', async () => {
    await withOwnTimers(async () => {
      const storage = createStorage({ s3: local.aws.s3, owner: account, stallLimit: 200 })
      const body = await storage.stream(at('large'))
      // The SDK's own, which comes once for each request.
      await jest.advanceTimersByTimeAsync(3_000)
      let bytes = 0
      for await (const chunk of body) {
        if (bytes === 0) {
          // Until so much is read ahead that nobody waits for another byte.
          const end = Date.now() + 60_000
          while (jest.getTimerCount() > 0 && Date.now() < end) await new Promise(turn)
          expect(jest.getTimerCount()).toBe(0)
          await jest.advanceTimersByTimeAsync(600)
        }
        bytes += (chunk as Buffer).length
      }
      expect(bytes).toBe(size)
    })
  })

  test('a reader that stops early gives its connection back', async () => {
    for (let reads = 0; reads < 60; reads++) {
      for await (const chunk of await local.storage.stream(at('large'))) {
        expect((chunk as Buffer).length).toBeGreaterThan(0)
        break
      }
    }
    // The client holds 50 connections at most: were they kept, this would wait for ever.
    expect(await local.storage.size(at('large'))).toBe(size)
  })

  test('an upload may take longer than a service may be silent', async () => {
    const path = join(local.root, 'slow-upload')
    await writeFile(path, randomBytes(size))
    let seconds = 0
    const pace = (bytes: number) => {
      const passes = bytes / (64 * 1024)
      seconds += passes
      return jest.advanceTimersByTimeAsync(passes * 1000)
    }
    await withOwnTimers(() =>
      through({ pace }, ({ s3 }) =>
        createStorage({ s3, owner: account }).uploadFile({ path, uri: at('slow') }),
      ),
    )
    // Of silence the client bears thirty.
    expect(seconds).toBeGreaterThan(120)
    expect(await local.storage.size(at('slow'))).toBe(size)
    expect(existsSync(path)).toBe(true)
  })
})
