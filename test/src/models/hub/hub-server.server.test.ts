import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { runHubClient } from './run-hub-client'
import { startHubServer, token, type HubServer } from './hub-server'

jest.setTimeout(180_000)

let folder: string
let hub: HubServer
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-hub-'))
  mkdirSync(join(folder, 'store'))
  hub = await startHubServer({ folder: join(folder, 'store'), partSize: 10_000 })
})
afterAll(async () => {
  await hub.stop()
  rmSync(folder, { recursive: true, force: true })
})

test('unmodified huggingface_hub makes a repository, commits by LFS in parts, tags, and downloads it', async () => {
  const order = { token, create: 'ada/from-python' }
  const answer = await runHubClient({ endpoint: hub.endpoint, home: join(folder, 'home'), order })
  expect(answer).toMatchObject({
    repo: 'ada/from-python',
    late: 412,
    same: true,
    hidden: true,
    files: ['.gitattributes', 'model.safetensors', 'sub/config.json'],
  })
  const repository = hub.repositories.get('ada/from-python')
  expect(repository?.tags.get('v1')).toBe(answer['commit'])
  expect(hub.calls.some((call) => call.includes('/part/'))).toBe(true)
})
