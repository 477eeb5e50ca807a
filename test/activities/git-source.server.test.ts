/** Code in a git repository: which commit is looked for, which is uploaded, and what the archive holds. */

import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { resolveRevision } from '../../activities/resolve-revision'
import { upload } from '../../activities/upload'
import type { ResolvedPipeline } from '../../src/config/resolved-pipeline'
import type { GitConfig } from '../../src/git/git-config'
import type { Revision } from '../../src/nightly-state'
import { secret, startGitServer, type GitServer } from '../src/git/git-server'
import { pipeline as demo } from '../src/plan/pipeline'
import { startLocalAws, type LocalAws } from './local-aws'

jest.setTimeout(120_000)

let local: LocalAws
let server: GitServer
/** Empty again after every clone. */
let temporary: string
beforeAll(async () => {
  ;[local, server] = await Promise.all([startLocalAws(), startGitServer()])
  temporary = join(local.root, 'temporary')
  mkdirSync(temporary)
  process.env['TMPDIR'] = temporary
  server.commit({
    'examples/glue/run_glue.py': 'print("first")\n',
    'examples/glue/util/names.py': '',
    'shared/text.py': '',
    'README.md': 'not part of the code\n',
  })
})
const { TMPDIR } = process.env
afterAll(async () => {
  if (TMPDIR === undefined) delete process.env['TMPDIR']
  else process.env['TMPDIR'] = TMPDIR
  await Promise.all([local.stop(), server.stop()])
})

/** Without a dataset: nothing but the code is looked at. */
function pipelineOf(changes: Partial<GitConfig> & { entryPoint?: string } = {}): ResolvedPipeline {
  const { entryPoint = 'run_glue.py', ...git } = changes
  const bare: ResolvedPipeline = { ...demo }
  for (const key of ['dataset', 'model', 'publish'] as const) delete bare[key]
  const repo = `${server.url}/private/code.git`
  const gitConfig = { repo, branch: 'main', token: 'env:GIT_TOKEN', ...git }
  const paths = { entryPoint, sourceDir: './examples/glue', dependencies: ['shared'] }
  return { ...bare, train: { ...demo.train, ...paths, gitConfig } }
}

const deps = () => ({ ...local.deps, env: { ...local.env, ...server.env, GIT_TOKEN: secret } })
const look = (pipeline = pipelineOf()) =>
  local.inActivity(() => resolveRevision(deps(), { pipeline }))
const send = async (options: {
  runId: string
  revision?: Revision
  pipeline?: ResolvedPipeline
}) => {
  const { runId, pipeline = pipelineOf(), revision = await look(pipeline) } = options
  const input = { site: local.site(runId), pipeline, prepared: null, revision }
  return local.inActivity(() => upload(deps(), input))
}

async function unpacked(codeUri: string) {
  const file = join(local.root, 'sourcedir.tar.gz')
  writeFileSync(file, await local.storage.read(codeUri))
  const tar = (...args: string[]) => execFileSync('tar', args, { encoding: 'utf8' })
  return {
    members: tar('-tzf', file).trim().split('\n').sort(),
    script: tar('-xzOf', file, 'run_glue.py'),
  }
}

test('the archive holds the folder and the dependencies of the commit, and says which', async () => {
  const commit = server.author('rev-parse', 'main').trim()
  const uploaded = await send({ runId: 'members', revision: await look() })
  expect(uploaded).toMatchObject({ commit, note: `code 0 KiB of commit ${commit.slice(0, 12)}` })
  const { members, script } = await unpacked(uploaded.codeUri)
  const names = ['run_glue.py', 'shared/', 'shared/text.py', 'util/', 'util/names.py']
  expect([members, script]).toEqual([names, 'print("first")\n'])
  const inputs = await local.storage.read(`${local.site('members').run}/inputs.json`)
  expect(JSON.parse(inputs.toString())).toMatchObject({ commit })
  expect(inputs.toString()).not.toContain(secret)
  expect(readdirSync(temporary)).toEqual([])
})

test('a new commit on the branch is news, but a run and its retries train what it began with', async () => {
  const then = await look()
  const first = await send({ runId: 'moved', revision: then })
  const moved = server.commit({ 'examples/glue/run_glue.py': 'print("second")\n' })
  const now = await look()
  expect(now).toEqual({ ...then, commit: moved, code: expect.any(String) as unknown })
  expect(now.code).not.toBe(then.code)
  expect(await look()).toEqual(now)

  expect(await send({ runId: 'moved', revision: then })).toEqual(first)
  const next = await send({ runId: 'next', revision: now })
  expect((await unpacked(next.codeUri)).script).toBe('print("second")\n')
})

test('the branch of a run may be gone by the time of its upload', async () => {
  server.author('checkout', '--quiet', '-b', 'passing')
  const commit = server.commit({ 'examples/glue/run_glue.py': 'print("passing")\n' })
  server.author('checkout', '--quiet', 'main')
  const pipeline = pipelineOf({ branch: 'passing' })
  const revision = await look(pipeline)
  server.author('-C', join(server.root, 'served', 'code.git'), 'branch', '-D', 'passing')
  expect(await send({ runId: 'gone', pipeline, revision })).toMatchObject({ commit })
  await expect(look(pipeline)).rejects.toMatchObject({ code: 'E_GIT_REVISION' })
})

test('a pinned commit is its own revision, and a branch beside it must exist', async () => {
  const commit = server.author('rev-parse', 'main~1').trim()
  expect(await look(pipelineOf({ commit }))).toMatchObject({ commit })
  expect(await send({ runId: 'pinned', pipeline: pipelineOf({ commit }) })).toMatchObject({
    commit,
  })
  const misspelt = pipelineOf({ commit, branch: 'mian' })
  await expect(look(misspelt)).rejects.toMatchObject({ code: 'E_GIT_REVISION' })
})

test('a script that is not there is refused with those that are, and nothing is uploaded', async () => {
  const pipeline = pipelineOf({ entryPoint: 'train.py' })
  await expect(send({ runId: 'missing', pipeline })).rejects.toMatchObject({
    code: 'E_ENTRY_POINT',
    hint: expect.stringContaining('run_glue.py') as unknown,
  })
  expect(await local.storage.list(local.site('missing').run)).toEqual([])
})
