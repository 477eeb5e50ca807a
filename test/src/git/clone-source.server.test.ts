import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cloneSource } from '../../../src/git/clone-source'
import type { CloneOptions } from '../../../src/git/clone-source'
import type { GitConfig } from '../../../src/git/git-config'
import { resolveGitRevision } from '../../../src/git/resolve-git-revision'
import { waitFor } from '../../e2e/support/wait-for'
import { withOwnTimers } from '../own-timers'
import { secret, startGitServer, user } from './git-server'
import type { GitServer } from './git-server'

jest.setTimeout(120_000)

let server: GitServer
const commits = { first: '', side: '', tagged: '', head: '' }

beforeAll(async () => {
  server = await startGitServer()
  commits.first = server.commit({ 'train.py': 'print("first")\n', 'lib/util.py': 'x = 1\n' })
  server.author('checkout', '--quiet', '-b', 'side/branch')
  commits.side = server.commit({ 'train.py': 'print("side")\n' })
  server.author('checkout', '--quiet', 'main')
  commits.tagged = server.commit({ 'train.py': 'print("tagged")\n' })
  server.author('tag', '--annotate', 'v1.0', '--message', 'one')
  commits.head = server.commit({ 'train.py': 'print("head")\n' })
})
afterAll(() => server.stop())

const repo = (kind: string) => `${server.url}/${kind}/code.git`

type Changes = Omit<Partial<CloneOptions>, 'gitConfig' | 'env'> & { env?: Record<string, string> }

/** The commit that a clone gives, its training script, and git's own record of it. */
async function cloned(gitConfig: GitConfig, { env = {}, ...more }: Changes = {}) {
  const options = { gitConfig, env: { ...server.env, ...env }, ...more }
  const { folder, commit, remove } = await cloneSource(options)
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')
  const found = { commit, script: read('train.py'), config: read('.git/config') }
  const all = readdirSync(join(folder, '..'), { recursive: true })
  await remove()
  expect(existsSync(folder)).toBe(false)
  return { ...found, all }
}

const revision = (gitConfig: GitConfig, env: Record<string, string> = {}) =>
  resolveGitRevision({ gitConfig, env: { ...server.env, ...env } })

describe.each(['smart', 'dumb'])('over the %s protocol', (kind) => {
  const config = (more: Partial<GitConfig> = {}) => ({ repo: repo(kind), ...more })

  test.each([
    ['nothing more, the head of the default branch', {}, 'head'],
    ['a branch, its head', { branch: 'side/branch' }, 'side'],
    ['a tag with a message, the commit behind it', { branch: 'v1.0' }, 'tagged'],
  ] as const)('of %s is checked out, and the revision says the same', async (_what, more, name) => {
    const { commit, script } = await cloned(config(more))
    expect([commit, script]).toEqual([commits[name], `print("${name}")\n`])
    expect(await revision(config(more))).toBe(commits[name])
  })

  test('a commit is checked out after the branch, also one that is not on it', async () => {
    for (const name of ['first', 'tagged', 'side'] as const) {
      const { commit, script } = await cloned(config({ branch: 'main', commit: commits[name] }))
      expect([commit, script]).toEqual([commits[name], `print("${name}")\n`])
    }
  })

  test('a shortened commit becomes the full one', async () => {
    const commit = commits.first.slice(0, 8).toUpperCase()
    expect((await cloned(config({ commit }))).commit).toBe(commits.first)
    expect(await revision(config({ commit }))).toBe(commits.first)
  })

  test.each([
    ['a branch that is not there', { branch: 'no-such' }],
    ['a branch by the end of its name', { branch: 'branch' }],
    ['a branch that is not there beside a commit that is', { branch: 'no', commit: 'head' }],
    ['a commit that is not there', { commit: '0'.repeat(40) }],
    ['a shortened commit that is not there', { commit: '0000000' }],
  ])('%s is refused', async (_what, { commit, ...more }: Partial<GitConfig>) => {
    const wanted = commit === 'head' ? commits.head : commit
    await expect(
      cloned(config({ ...more, ...(wanted && { commit: wanted }) })),
    ).rejects.toMatchObject({ code: 'E_GIT_REVISION' })
  })
})

test('a branch that moves gives a new revision; a commit stays what it was', async () => {
  const branch = { repo: repo('smart'), branch: 'moving' }
  server.author('checkout', '--quiet', '-b', 'moving', commits.head)
  const before = server.commit({ 'train.py': 'print("before")\n' })
  expect(await revision(branch)).toBe(before)
  // Rewritten, so that the old commit is on no branch any more.
  server.author('reset', '--quiet', '--hard', commits.head)
  const after = server.commit({ 'train.py': 'print("after")\n' })
  server.author('checkout', '--quiet', 'main')
  expect(await revision(branch)).toBe(after)
  expect((await cloned({ ...branch, commit: before })).script).toBe('print("before")\n')
})

describe('credentials', () => {
  const env = { MY_TOKEN: secret }
  const sides: [string, Partial<GitConfig>, string][] = [
    ['a token', { token: 'env:MY_TOKEN' }, 'x-access-token'],
    ['a username and a password', { username: user, password: 'env:MY_TOKEN' }, user],
    ['a token in the password’s stead', { username: user, token: 'env:MY_TOKEN' }, user],
  ]

  test.each(sides)(
    '%s opens a private repository, and is written nowhere',
    async (_what, more, name) => {
      server.authorizations.length = 0
      const { commit, config, all } = await cloned({ repo: repo('private'), ...more }, { env })
      expect(commit).toBe(commits.head)
      const basic = Buffer.from(`${name}:${secret}`).toString('base64')
      expect(new Set(server.authorizations)).toEqual(
        new Set([`127.0.0.1:${server.port} Basic ${basic}`]),
      )
      expect(config).not.toContain('s3cr3t')
      expect(all.filter((path) => String(path).includes('s3cr3t'))).toEqual([])
      for (const { argv } of server.calls()) expect(argv).not.toContain('s3cr3t')
      expect(await revision({ repo: repo('private'), ...more }, env)).toBe(commits.head)
    },
  )

  test.each([
    ['without', 'private', {}],
    ['with a wrong one', 'private', { token: 'env:WRONG' }],
    ['in a redirect to another host, which gets none', 'elsewhere', { token: 'env:MY_TOKEN' }],
  ])('%s it stays shut, and the error shows none', async (_what, kind, more) => {
    server.authorizations.length = 0
    const failed = cloned({ repo: repo(kind), ...more }, { env: { ...env, WRONG: 'wr0ng-one' } })
    const error = await failed.catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'E_GIT_DENIED' })
    expect(JSON.stringify([error, String(error)])).not.toMatch(/s3cr3t|wr0ng/)
    expect(server.authorizations.filter((line) => line.startsWith('localhost'))).toEqual([])
  })

  test('a repository that was renamed on the same host is found', async () => {
    const found = await cloned({ repo: repo('renamed'), token: 'env:MY_TOKEN' }, { env })
    expect(found.commit).toBe(commits.head)
  })

  test('a redirect to plain http is not followed', async () => {
    const failed = cloned({ repo: repo('downgrade'), token: 'env:MY_TOKEN' }, { env })
    await expect(failed).rejects.toMatchObject({ name: 'HoldfastError' })
    expect(server.plain).toEqual([])
  })

  test.each([
    ['is not set', {}],
    ['is empty', { MY_TOKEN: '' }],
    ['has two lines', { MY_TOKEN: 'one\ntwo' }],
  ])('a variable that %s is refused before git is started', async (_what, variables) => {
    const before = server.calls().length
    const failed = cloned({ repo: repo('private'), token: 'env:MY_TOKEN' }, { env: variables })
    await expect(failed).rejects.toMatchObject({ code: 'E_SECRET_MISSING' })
    expect(server.calls()).toHaveLength(before)
  })
})

describe('what goes wrong', () => {
  /** Processes of a group, those aside that have ended and wait to be told of. */
  const inGroup = (pid: number) =>
    execFileSync('ps', ['-A', '-o', 'pgid=,stat=,args='], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => new RegExp(`^ *${pid} +[^Z]`).test(line))

  test('a clone that hangs is ended at the deadline, and nothing of git is left', async () => {
    const before = new Set(server.calls().map(({ pid }) => pid))
    const hangs = server.nextHang()
    await withOwnTimers(async () => {
      const clone = cloned({ repo: repo('hang') }, { deadlineMs: 1_500 })
      const failed = expect(clone).rejects.toMatchObject({ code: 'E_GIT_TIMEOUT' })
      // However long git took to start.
      await hangs
      jest.advanceTimersByTime(1_500)
      await failed
    })
    const pids = server.calls().filter(({ pid }) => !before.has(pid))
    expect(pids).toHaveLength(1)
    // What was killed lets go of its outputs a moment before it is gone.
    const isGone = () => pids.every(({ pid }) => inGroup(pid).length === 0)
    await waitFor(isGone, { what: 'end of all of git', deadline: 30 })
  })

  test('a cancelled one ends at once', async () => {
    const controller = new AbortController()
    const hangs = server.nextHang().then(() => controller.abort())
    const failed = cloned({ repo: repo('hang') }, { signal: controller.signal })
    await Promise.all([expect(failed).rejects.toMatchObject({ name: 'AbortError' }), hangs])
  })

  test.each([
    ['bytes', { maxBytes: 100_000, maxFiles: 1_000 }],
    ['files', { maxBytes: 100_000_000, maxFiles: 1 }],
  ])('a repository of too many %s is refused', async (_what, limits) => {
    server.author('checkout', '--quiet', '-b', `large-${limits.maxFiles}`)
    server.commit({ 'zeros.bin': '0'.repeat(2_000_000) })
    server.author('checkout', '--quiet', 'main')
    const gitConfig = { repo: repo('smart'), branch: `large-${limits.maxFiles}` }
    await expect(cloned(gitConfig, { limits })).rejects.toMatchObject({ code: 'E_GIT_TOO_LARGE' })
  })

  test.each([
    ['a server that is busy', 'busy', {}, 'E_GIT_UNREACHABLE'],
    ['a repository that is not there', 'smart/no', {}, 'E_GIT_NOT_FOUND'],
    ['a certificate of nobody’s', 'smart', { GIT_SSL_CAINFO: '/etc/hosts' }, 'E_GIT_UNTRUSTED'],
    ['no git at all', 'smart', { PATH: '/nowhere' }, 'E_GIT_MISSING'],
  ])('%s is told by its own code', async (_what, kind, env, code) => {
    await expect(cloned({ repo: repo(kind) }, { env })).rejects.toMatchObject({ code })
  })

  test('nobody at the address is told as a server that does not answer', async () => {
    const gone = cloned({ repo: 'https://127.0.0.1:1/code.git' })
    await expect(gone).rejects.toMatchObject({ code: 'E_GIT_UNREACHABLE' })
    const proxied = cloned({ repo: repo('smart') }, { env: { HTTPS_PROXY: 'http://127.0.0.1:1' } })
    await expect(proxied).rejects.toMatchObject({ code: 'E_GIT_UNREACHABLE' })
  })
})
