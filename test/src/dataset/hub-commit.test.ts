import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { hubCommit } from '../../../src/dataset/hub-commit'

const commit = 'c0ffee'.padEnd(40, '0')
const requests: { url: string; token: string | undefined }[] = []
let hub: Server
let slowIsAsked: () => void = () => undefined
let env: Record<string, string>

/** A server that answers over HTTP as the Hub does; the real Hub is not asked in tests. */
beforeAll(async () => {
  hub = createServer((request, response) => {
    const url = request.url ?? ''
    requests.push({ url, token: request.headers.authorization })
    if (url.startsWith('/api/models/gated/')) response.writeHead(403).end()
    else if (url.startsWith('/api/models/none/')) response.writeHead(404).end()
    else if (url.startsWith('/api/models/slow/')) slowIsAsked()
    else {
      response.writeHead(200, { 'Content-Type': 'application/json' })
      response.end(JSON.stringify({ id: 'org/model', sha: commit }))
    }
  })
  await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve))
  env = { HF_ENDPOINT: `http://127.0.0.1:${(hub.address() as AddressInfo).port}/` }
})
afterAll(async () => {
  hub.closeAllConnections()
  await new Promise((resolve) => hub.close(resolve))
})
beforeEach(() => requests.splice(0))

test('the Hub says which commit a branch stands for, and is shown the token', async () => {
  const asked = { id: 'org/model', env: { ...env, HF_TOKEN: 'hf_secret' } }
  expect(await hubCommit(asked)).toBe(commit)
  expect(await hubCommit({ ...asked, revision: 'refs/pr/1' })).toBe(commit)
  expect(requests.map(({ url }) => url.split('?')[0])).toEqual([
    '/api/models/org/model/revision/main',
    '/api/models/org/model/revision/refs%2Fpr%2F1',
  ])
  expect(new Set(requests.map(({ token }) => token))).toEqual(new Set(['Bearer hf_secret']))
})

test('a pinned commit is asked of nobody', async () => {
  expect(await hubCommit({ id: 'org/model', revision: commit, env })).toBe(commit)
  expect(requests).toEqual([])
})

test.each([
  ['gated/model', 'E_HUB_DENIED'],
  ['none/model', 'E_HUB_NOT_FOUND'],
])('%s is refused as %s', async (id, code) => {
  await expect(hubCommit({ id, env })).rejects.toMatchObject({ code })
})

test('a Hub that does not answer is named', async () => {
  const nowhere = { HF_ENDPOINT: 'http://127.0.0.1:9' }
  await expect(hubCommit({ id: 'org/model', env: nowhere })).rejects.toMatchObject({
    code: 'E_HUB_UNREACHABLE',
    where: expect.stringContaining('http://127.0.0.1:9') as unknown,
  })
})

test('a cancel ends the wait for an answer, and is no fault of the Hub', async () => {
  const cancel = new AbortController()
  const waiting = hubCommit({ id: 'slow/model', env, signal: cancel.signal })
  slowIsAsked = () => cancel.abort()
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' })
})
