/** What somebody may write, or commit, in the hope that git runs it. */

import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cloneSource } from '../../../src/git/clone-source'
import type { GitConfig } from '../../../src/git/git-config'
import { gitConfigFaults } from '../../../src/git/git-config-faults'
import { locateSource } from '../../../src/git/locate-source'
import { withGitSource } from '../../../src/git/with-git-source'
import { listCodeFiles } from '../../../src/estimator/code-files'
import { startGitServer } from './git-server'
import type { GitServer } from './git-server'

jest.setTimeout(120_000)

let server: GitServer
let canary: string
beforeAll(async () => {
  server = await startGitServer()
  canary = join(server.root, 'canary')
  server.commit({ 'train.py': '', 'src/train.py': '', 'src/other.py': '', 'src/data.txt': '' })
})
afterAll(() => server.stop())
afterEach(() => expect(existsSync(canary)).toBe(false))

/** `CANARY` and `URL` stand for what is known only later. */
const hostile: [string, Partial<GitConfig>][] = [
  ['an option that runs a command', { repo: '--upload-pack=touch CANARY' }],
  ['a short option that does', { repo: '-u touch CANARY' }],
  ['a transport that is a command', { repo: 'ext::sh -c touch% CANARY' }],
  ['that transport in capitals', { repo: 'EXT::sh -c touch% CANARY' }],
  ['a descriptor as transport', { repo: 'fd::17/code.git' }],
  ['a local repository', { repo: 'file:///SERVED/code.git' }],
  ['a path', { repo: '/SERVED/code.git' }],
  ['a relative path', { repo: '../code.git' }],
  ['git without encryption', { repo: 'git://127.0.0.1/code.git' }],
  ['http without encryption', { repo: 'http://127.0.0.1/code.git' }],
  ['ftp', { repo: 'ftp://127.0.0.1/code.git' }],
  ['a helper of http', { repo: 'http::URL/smart/code.git' }],
  ['a host of ssh that is an option', { repo: 'ssh://-oProxyCommand=touch CANARY/code.git' }],
  ['the same without spaces', { repo: 'ssh://-oProxyCommand=touch$IFS' + 'CANARY/code.git' }],
  ['a user of ssh that is an option', { repo: 'ssh://-oProxyCommand=x@127.0.0.1/code.git' }],
  ['a short form with an option for a host', { repo: 'git@-oProxyCommand=touch:code.git' }],
  ['a path of ssh that is an option', { repo: 'ssh://git@127.0.0.1/--upload-pack=x' }],
  ['a short form with a command', { repo: 'git@127.0.0.1:$(touch CANARY)' }],
  ['a short form with backquotes', { repo: 'git@127.0.0.1:`touch CANARY`' }],
  ['a command after the address', { repo: 'URL/smart/code.git;touch CANARY' }],
  ['a second line', { repo: 'URL/smart/code.git\n--upload-pack=touch' }],
  ['an encoded line break', { repo: 'URL/smart/code.git%0ahost=evil' }],
  ['credentials in the address', { repo: 'https://alice:hunter2secret@127.0.0.1/code.git' }],
  ['a query', { repo: 'URL/smart/code.git?service=git-receive-pack' }],
  ['a branch that is an option', { branch: '--upload-pack=touch CANARY' }],
  ['a branch that is a range', { branch: 'main..side' }],
  ['a branch that is a refspec', { branch: 'main:refs/heads/evil' }],
  ['a branch with a glob', { branch: '*' }],
  ['a branch with a second line', { branch: 'main\n--exec=touch' }],
  ['a commit that is an option', { commit: '--output=CANARY' }],
  ['a commit that is a name', { commit: 'HEAD' }],
  ['a commit that is too long', { commit: 'a'.repeat(41) }],
  ['a token in plain text', { token: 'hunter2secret' }],
  ['a password in plain text', { username: 'alice', password: 'hunter2secret' }],
  ['a username with a line break', { username: 'alice\nx', token: 'env:TOKEN' }],
  ['a token for ssh', { repo: 'git@127.0.0.1:code.git', token: 'env:TOKEN' }],
]

function filledIn(changes: Partial<GitConfig>): GitConfig {
  const fill = (text: string) =>
    text
      .replace('CANARY', canary)
      .replace('URL', server.url)
      .replace('/SERVED', join(server.root, 'served'))
  const config = { repo: 'URL/smart/code.git', ...changes }
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, fill(value)]),
  ) as unknown as GitConfig
}

test.each(hostile)('%s is refused before git is started', async (_what, changes) => {
  const before = server.calls().length
  const gitConfig = filledIn(changes)
  const failed = cloneSource({ gitConfig, env: { ...server.env, TOKEN: 'x' } })
  const error = await failed.catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'E_GIT_CONFIG', hint: expect.any(String) as unknown })
  expect(JSON.stringify([error, String(error)])).not.toContain('hunter2secret')
  expect(server.calls()).toHaveLength(before)
})

test.each([
  'https://github.com/huggingface/transformers.git',
  'https://github.com/huggingface/transformers',
  'https://gitlab.example.com:8443/group/sub.group/my-repo_1.git',
  'https://git-codecommit.us-east-1.amazonaws.com/v1/repos/my-repo',
  'https://huggingface.co/spaces/someone/a%20b',
  'ssh://git@github.com/huggingface/transformers.git',
  'ssh://APKAEIBAERJR2EXAMPLE@git-codecommit.us-east-1.amazonaws.com/v1/repos/my-repo',
  'ssh://git.example.com:2222/~me/code.git',
  'git@github.com:huggingface/transformers.git',
])('%s is an address', (repo) => {
  expect(gitConfigFaults({ repo })).toEqual([])
})

test.each(['main', 'master', 'feature/x', 'v4.56.0', 'user@topic', 'release-1.0', 'ünïcode'])(
  '%s is a branch',
  (branch) => expect(gitConfigFaults({ repo: 'https://a.example/b', branch })).toEqual([]),
)

test('CodeCommit has no tokens, and half of the credentials is none', () => {
  const repo = 'https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/x'
  const faults = (more: Partial<GitConfig>) =>
    gitConfigFaults({ repo, ...more }).map(({ field }) => field)
  expect(faults({ token: 'env:T' })).toEqual(['token'])
  expect(faults({ username: 'alice' })).toEqual(['username'])
  expect(faults({ password: 'env:P' })).toEqual(['password'])
  expect(faults({ username: 'alice', password: 'env:P' })).toEqual([])
})

test('git’s configuration on the machine, and git’s own variables, change nothing', async () => {
  const home = join(server.root, 'home')
  const templates = join(home, 'templates', 'hooks')
  mkdirSync(templates, { recursive: true })
  const run = join(home, 'run')
  writeFileSync(run, `#!/bin/sh\ntouch '${canary}'\n`)
  chmodSync(run, 0o755)
  for (const hook of ['post-checkout', 'reference-transaction', 'fsmonitor-watchman'])
    symlinkSync(run, join(templates, hook))
  const config = `[core]
  hooksPath = ${templates}
  fsmonitor = ${run}
  askPass = ${run}
[credential]
  helper = ${run}
[init]
  templateDir = ${join(home, 'templates')}
[filter "evil"]
  smudge = ${run}
[filter "lfs"]
  smudge = ${run}
  required = true
[url "ext::${run} "]
  insteadOf = https://
[protocol]
  allow = always
`
  writeFileSync(join(home, '.gitconfig'), config)
  server.commit({ '.gitattributes': '*.txt filter=evil\n*.py filter=lfs\n', 'a.txt': 'a\n' })
  const env = {
    ...server.env,
    HOME: home,
    XDG_CONFIG_HOME: home,
    GIT_CONFIG_GLOBAL: join(home, '.gitconfig'),
    GIT_CONFIG_SYSTEM: join(home, '.gitconfig'),
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'core.hooksPath',
    GIT_CONFIG_VALUE_0: templates,
    GIT_TEMPLATE_DIR: join(home, 'templates'),
    GIT_ASKPASS: run,
    GIT_SSH: run,
    GIT_PROXY_COMMAND: run,
    GIT_EXTERNAL_DIFF: run,
    GIT_EXEC_PATH: home,
    GIT_ALLOW_PROTOCOL: 'ext:file',
    GIT_TRACE: canary,
  }
  // That all this would have had an effect is shown by a plain clone.
  const { GIT_EXEC_PATH, GIT_TRACE, ...obeyed } = env
  const plain = { ...process.env, ...obeyed, GIT_ALLOW_PROTOCOL: 'file' }
  const [from, to] = ['served/code.git', 'plain'].map((name) => join(server.root, name))
  const clone = ['clone', '--quiet', from ?? '', to ?? '']
  try {
    execFileSync('git', clone, { env: plain, stdio: 'pipe' })
  } catch {
    // It may well fail: what counts is that a program of the configuration ran.
  }
  expect(existsSync(canary)).toBe(true)
  execFileSync('rm', [canary])

  expect([GIT_EXEC_PATH, GIT_TRACE]).toEqual([home, canary])
  const gitConfig = { repo: `${server.url}/smart/code.git` }
  const { remove } = await cloneSource({ gitConfig, env })
  await remove()
})

test('a submodule is not fetched', async () => {
  server.author('checkout', '--quiet', '-b', 'submodule')
  const url = `ext::sh -c touch% ${canary}`
  server.commit({ '.gitmodules': `[submodule "evil"]\n  path = evil\n  url = "${url}"\n` })
  const head = server.author('rev-parse', 'HEAD').trim()
  server.author('update-index', '--add', '--cacheinfo', `160000,${head},evil`)
  server.author('commit', '--quiet', '--message', 'submodule')
  const commit = server.author('rev-parse', 'HEAD').trim()
  server.author('push', '--quiet', join(server.root, 'served', 'code.git'), 'submodule')
  server.author('checkout', '--quiet', '--force', 'main')
  const gitConfig = { repo: `${server.url}/smart/code.git`, branch: 'submodule' }
  const clone = await cloneSource({ gitConfig, env: server.env })
  expect(clone.commit).toBe(commit)
  await clone.remove()
})

describe('paths in the repository', () => {
  const source = { entryPoint: 'train.py', sourceDir: './src', dependencies: ['train.py'] }
  let folder: string
  beforeAll(() => {
    folder = join(server.root, 'checkout')
    for (const name of ['src', 'empty', '.git']) mkdirSync(join(folder, name), { recursive: true })
    for (const name of ['train.py', 'src/train.py', 'src/other.py', 'src/run.sh', '.git/config'])
      writeFileSync(join(folder, name), '')
    symlinkSync('/etc', join(folder, 'etc'))
    symlinkSync('/etc/hosts', join(folder, 'src', 'hosts.py'))
    symlinkSync('src', join(folder, 'linked'))
  })

  test('are found, also through links that stay within it', async () => {
    const located = await locateSource({ folder, source: { ...source, sourceDir: 'linked' } })
    expect(located).toEqual({
      entryPoint: 'train.py',
      sourceDir: join(folder, 'src'),
      dependencies: [join(folder, 'train.py')],
    })
    const alone = await locateSource({ folder, source: { entryPoint: 'src/other.py' } })
    expect(alone).toEqual({ entryPoint: join(folder, 'src', 'other.py') })
  })

  test('a missing script is refused with the names of those that are there', async () => {
    const failed = locateSource({ folder, source: { ...source, entryPoint: 'run_glue.py' } })
    await expect(failed).rejects.toMatchObject({
      code: 'E_ENTRY_POINT',
      hint: expect.stringContaining('scripts there: hosts.py, other.py, train.py') as unknown,
    })
  })

  test.each([
    ['a script outside the folder', { entryPoint: '../train.py' }, 'E_ENTRY_POINT'],
    ['an absolute script', { entryPoint: '/etc/hosts.py' }, 'E_ENTRY_POINT'],
    ['a script that is a link to the machine', { entryPoint: 'hosts.py' }, 'E_ENTRY_POINT'],
    ['a shell script', { entryPoint: 'run.sh' }, 'E_ENTRY_POINT'],
    ['the folder itself', { entryPoint: '.' }, 'E_ENTRY_POINT'],
    ['a folder that is not there', { sourceDir: 'examples' }, 'E_SOURCE_DIR'],
    ['a file for a folder', { sourceDir: 'train.py' }, 'E_SOURCE_DIR'],
    ['a folder above', { sourceDir: '..' }, 'E_SOURCE_DIR'],
    ['an absolute folder', { sourceDir: '/etc' }, 'E_SOURCE_DIR'],
    ['a folder that is a link to the machine', { sourceDir: 'etc' }, 'E_SOURCE_DIR'],
    ['a folder behind such a link', { sourceDir: 'etc/ssl' }, 'E_SOURCE_DIR'],
    ['git’s own folder', { sourceDir: '.git' }, 'E_SOURCE_DIR'],
    ['a dependency of the machine', { dependencies: ['/etc/hosts'] }, 'E_DEPENDENCY'],
    ['a dependency that is a link to it', { dependencies: ['etc'] }, 'E_DEPENDENCY'],
    ['git’s configuration', { dependencies: ['.git/config'] }, 'E_DEPENDENCY'],
    ['a dependency that is not there', { dependencies: ['lib'] }, 'E_DEPENDENCY'],
  ])('%s is refused', async (_what, changes, code) => {
    const failed = locateSource({ folder, source: { ...source, ...changes } })
    await expect(failed).rejects.toMatchObject({ code, hint: expect.any(String) as unknown })
  })

  test('a link out of the repository is refused when its folder is packed', async () => {
    server.author('checkout', '--quiet', '-b', 'links')
    symlinkSync('/etc/hosts', join(server.root, 'work', 'src', 'hosts.txt'))
    server.commit({ 'src/more.py': '' })
    server.author('checkout', '--quiet', 'main')
    const gitConfig = { repo: `${server.url}/smart/code.git`, branch: 'links' }
    const packed = withGitSource(
      { source: { ...source, gitConfig }, env: server.env },
      ({ source }) => listCodeFiles(source),
    )
    await expect(packed).rejects.toMatchObject({ code: 'E_CODE_LINK' })
  })
})
