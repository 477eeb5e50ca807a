import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { mkdirSync } from 'node:fs'

import { toFailure } from '../../../../activities/failure'
import { hubFile } from '../../../../src/models/hub/hub-files'
import { publishToHub, type HubPublication } from '../../../../src/models/hub/publish-to-hub'
import { safetensors } from '../tiny-model'
import { startHubServer, token, type HubServer } from './hub-server'

jest.setTimeout(120_000)

let folder: string
let hub: HubServer
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-hub-'))
  mkdirSync(join(folder, 'store'))
  hub = await startHubServer({ folder: join(folder, 'store'), partSize: 64 })
})
afterAll(async () => {
  await hub.stop()
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(() => {
  hub.faults.length = 0
  hub.calls.length = 0
})

const patience = { first: 5, longest: 20, budget: 2_000, denied: 500 }

async function version(
  repoId: string,
  number: number,
  more: Partial<HubPublication> & { texts?: Record<string, string> } = {},
): Promise<HubPublication> {
  const { texts = {}, ...rest } = more
  const weights = safetensors(`${repoId} ${number} `.repeat(20))
  const sha256 = createHash('sha256').update(weights).digest('hex')
  const contents: Record<string, Buffer | string> = {
    'model.safetensors': weights,
    'README.md': `# version ${number}\n`,
    'nested/deep/config.json': '{}',
    ...texts,
  }
  const paths = [...Object.keys(contents), 'holdfast.json']
  contents['holdfast.json'] = JSON.stringify({ version: 1, packageVersion: number, files: paths })
  const files = await Promise.all(
    Object.entries(contents).map(([path, body]) => {
      const from = join(folder, 'local', repoId, String(number), path)
      mkdirSync(dirname(from), { recursive: true })
      writeFileSync(from, body)
      return hubFile({ path, from, size: Buffer.byteLength(body) })
    }),
  )
  const place = { repoId, branch: 'main', private: true, token, endpoint: hub.endpoint }
  return { ...place, model: 'reviews', version: number, sha256, run: 'r', files, ...rest }
}

const publish = (publication: HubPublication) => publishToHub({ ...publication, patience })

/** Commits of a branch that are not the one that comes with every repository. */
function commitsOf(repoId: string): string[] {
  const commits = [...(hub.repositories.get(repoId)?.commits.values() ?? [])]
  return commits.map(({ title }) => title).filter((title) => title !== 'initial commit')
}

test('a version is one commit, tagged, in a private repository, and holds every byte', async () => {
  const publication = await version('ada/plain', 1)
  const made = await publish(publication)
  expect(made).toMatchObject({ repoId: 'ada/plain', tag: 'v1' })
  expect(hub.repositories.get('ada/plain')?.private).toBe(true)
  expect(commitsOf('ada/plain')).toEqual(['reviews version 1'])
  for (const { path, sha256 } of publication.files) {
    const bytes = hub.bytes('ada/plain', 'v1', path)
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256)
  }
  expect(hub.calls.some((call) => call.includes('/part/'))).toBe(true)
})

test('publishing again changes nothing, also after somebody edited the card', async () => {
  const publication = await version('ada/again', 1)
  const made = await publish(publication)
  expect(await publish(publication)).toEqual(made)
  hub.push('ada/again', 'main', { 'README.md': 'edited' })
  expect(await publish(publication)).toEqual(made)
  expect(commitsOf('ada/again')).toEqual(['reviews version 1', 'by hand'])
})

test.each([
  ['the reply to the commit is lost', /POST .*\/commit\//, 'lost' as const],
  [
    'the commit is made and answered with nothing, three times',
    /POST .*\/commit\//,
    'lost' as const,
    3,
  ],
  ['the reply to the creation is lost', /POST \/api\/repos\/create/, 'lost' as const],
  ['the reply to the tag is lost', /POST .*\/tag\//, 'lost' as const],
  ['an upload is cut', /PUT \/lfs\//, 'lost' as const, 2],
  ['the commit is refused with 500', /POST .*\/commit\//, 500, 2],
  ['the commit is refused with 429', /POST .*\/commit\//, 429, 2],
  ['everything is answered with 503 for a while', /./, 503, 6],
  ['everything is answered with 403 for a while', /./, 403, 6],
  ['the commit is refused with 403 at first', /POST .*\/commit\//, 403, 2],
  ['an upload is refused with 403 at first', /PUT \/lfs\//, 403, 2],
  ['the commit is refused with 412 for no reason', /POST .*\/commit\//, 412, 2],
])(
  'when %s there is one commit with the right content',
  async (title, match, answer, times = 1) => {
    const repoId = `ada/${createHash('sha1').update(title).digest('hex').slice(0, 8)}`
    const publication = await version(repoId, 1)
    hub.faults.push({ match, answer, times })
    const made = await publish(publication)
    expect(commitsOf(repoId)).toEqual(['reviews version 1'])
    expect(hub.repositories.get(repoId)?.tags.get('v1')).toBe(made?.commit)
    for (const { path, sha256 } of publication.files)
      expect(
        createHash('sha256')
          .update(hub.bytes(repoId, 'v1', path))
          .digest('hex'),
      ).toBe(sha256)
  },
)

test('a commit of somebody else between the look and the write is kept, and ours follows it', async () => {
  await publish(await version('ada/raced', 1))
  const meanwhile = () => void hub.push('ada/raced', 'main', { LICENSE: 'theirs' })
  hub.faults.push({ match: /POST .*\/preupload\//, answer: 503, times: 1, meanwhile })
  await publish(await version('ada/raced', 2))
  expect(commitsOf('ada/raced')).toEqual(['reviews version 1', 'by hand', 'reviews version 2'])
  expect(hub.bytes('ada/raced', 'v2', 'LICENSE').toString()).toBe('theirs')
})

test('Retry-After is obeyed', async () => {
  const publication = await version('ada/later', 1)
  hub.faults.push({ match: /POST .*\/commit\//, answer: 429, times: 1, retryAfter: 1 })
  const began = Date.now()
  await publish(publication)
  // Timers and the clock do not round alike.
  expect(Date.now() - began).toBeGreaterThanOrEqual(990)
})

test('a file that only an earlier version had goes, and one that a person added stays', async () => {
  await publish(await version('ada/stale', 1, { texts: { 'old.json': '{}' } }))
  hub.push('ada/stale', 'main', { LICENSE: 'mine' })
  await publish(await version('ada/stale', 2))
  const paths = (tag: string) => {
    const { commits, tags } = hub.repositories.get('ada/stale') ?? {
      commits: new Map(),
      tags: new Map(),
    }
    const commit = commits.get(tags.get(tag) as string) as { files: Map<string, unknown> }
    return [...commit.files.keys()]
  }
  expect(paths('v1')).toContain('old.json')
  expect(paths('v2')).not.toContain('old.json')
  expect(paths('v2')).toContain('LICENSE')
})

test('a version that comes after a later one does not turn the branch back', async () => {
  await publish(await version('ada/late', 2))
  expect(await publish(await version('ada/late', 1))).toBeNull()
  expect(commitsOf('ada/late')).toEqual(['reviews version 2'])
})

test('a tag that holds something else is a conflict, and nothing is overwritten', async () => {
  await publish(await version('ada/taken', 1))
  const other = await version('ada/taken', 1, { texts: { 'README.md': 'another' } })
  await expect(publish(other)).rejects.toMatchObject({ code: 'E_HUB_CONFLICT' })
  expect(commitsOf('ada/taken')).toEqual(['reviews version 1'])
})

test('another branch is made, and main is left alone', async () => {
  await publish(await version('ada/branch', 1, { branch: 'nightly' }))
  const { branches } = hub.repositories.get('ada/branch') ?? { branches: new Map<string, string>() }
  expect(branches.get('nightly')).not.toBe(branches.get('main'))
})

test('a repository that everybody can read is refused, unless that is meant', async () => {
  const open = await version('ada/open', 1, { private: false })
  await publish(open)
  const closed = await version('ada/open', 2)
  await expect(publish(closed)).rejects.toMatchObject({ code: 'E_HUB_PUBLIC' })
  expect(await publish({ ...closed, private: false })).toMatchObject({ tag: 'v2' })
})

test('a token that may not write, and a Hub that stays silent, are told apart, without the token', async () => {
  const publication = await version('ada/denied', 1)
  const denied: unknown = await publish({ ...publication, token: 'hf_wrongofmine' }).catch(
    (error: unknown) => error,
  )
  expect(denied).toMatchObject({ code: 'E_HUB_WRITE_DENIED' })
  expect(JSON.stringify(denied) + String(denied)).not.toContain('hf_wrongofmine')
  hub.faults.push({ match: /./, answer: 503, times: 1_000 })
  await expect(
    publishToHub({ ...publication, patience: { first: 1, longest: 5, budget: 40, denied: 40 } }),
  ).rejects.toMatchObject({ code: 'E_HUB_UNREACHABLE' })
})

test('a Hub that goes on denying is said to, soon, and nothing was written', async () => {
  const publication = await version('ada/refused', 1)
  hub.faults.push({ match: /./, answer: 403, times: 1_000 })
  // Of an hour for other refusals none is used.
  const short = { first: 1, longest: 5, budget: 3_600_000, denied: 40 }
  const denied: unknown = await publishToHub({ ...publication, patience: short }).catch(
    (error: unknown) => error,
  )
  expect(denied).toMatchObject({ code: 'E_HUB_WRITE_DENIED' })
  expect((denied as Error).message).toContain('403')
  expect(toFailure(denied)).toMatchObject({ nonRetryable: false })
  expect(hub.calls.length).toBeGreaterThan(2)
  expect(hub.repositories.has('ada/refused')).toBe(false)
})
