import { demo, faultsOf, makeProject } from './helpers'
import { loadPipeline } from '../../../src/config/load-pipeline'
import { formatFaults } from '../../../src/cli/format-faults'

let project: ReturnType<typeof makeProject>
beforeEach(() => {
  project = makeProject()
})
afterEach(() => project.remove())

const repo = 'https://github.com/huggingface/transformers.git'

/** The demo's config with its code in a repository; `git` is the mapping of `gitConfig`. */
function config(git: string, train: Record<string, string> = {}): string {
  const { sourceDir = './examples/x', entryPoint = 'run_glue.py', dependencies = '[]' } = train
  return demo
    .replace('entryPoint: train.py', `entryPoint: ${entryPoint}`)
    .replace(
      'sourceDir: ./training',
      `sourceDir: ${sourceDir}\n  dependencies: ${dependencies}\n  gitConfig: ${git}`,
    )
}

const faults = (git: string, train: Record<string, string> = {}) =>
  faultsOf(project.write('pipeline.yaml', config(git, train)))

test('the paths of code in a repository stay as they are, and are looked for nowhere', async () => {
  const text = config(`{ repo: "${repo}", branch: main, token: env:GIT_TOKEN }`, {
    dependencies: '[src/transformers]',
  })
  const { pipeline } = await loadPipeline({ path: project.write('pipeline.yaml', text), env: {} })
  expect(pipeline.train).toMatchObject({
    entryPoint: 'run_glue.py',
    sourceDir: './examples/x',
    dependencies: ['src/transformers'],
    gitConfig: { repo, branch: 'main', token: 'env:GIT_TOKEN' },
  })
})

test.each([
  ['an unknown key', `{ repo: "${repo}", brunch: main }`, 'brunch', 'did you mean "branch"?'],
  ['no repository', '{ branch: main }', 'repo', 'Address of the repository'],
  ['a number for a commit', `{ repo: "${repo}", commit: 1234567 }`, 'commit', 'quotes: "1234567"'],
  ['a local repository', '{ repo: file:///srv/code.git }', 'repo', 'https://host/path'],
  ['http', '{ repo: "http://example.com/code.git" }', 'repo', 'https://host/path'],
  ['a scheme in capitals', '{ repo: "HTTPS://example.com/code.git" }', 'repo', 'https://host/path'],
  ['an option for a branch', `{ repo: "${repo}", branch: "--exec=x" }`, 'branch', 'such as main'],
  ['a name for a commit', `{ repo: "${repo}", commit: main }`, 'commit', '40'],
  ['ssh with a token', '{ repo: "git@example.com:a.git", token: env:T }', 'token', 'agent'],
])('%s is refused', async (_what, git, key, hint) => {
  expect(await faults(git)).toMatchObject([
    { path: `train.gitConfig.${key}`, hint: expect.stringContaining(hint) as unknown },
  ])
})

test.each([
  ['a folder above', { sourceDir: '../code' }, 'train.sourceDir'],
  ['a folder above, in a roundabout way', { sourceDir: 'a/../../code' }, 'train.sourceDir'],
  ['an absolute folder', { sourceDir: '/code' }, 'train.sourceDir'],
  ['the home folder', { sourceDir: '~/code' }, 'train.sourceDir'],
  ['an archive in S3', { sourceDir: 's3://bucket/code.tar.gz' }, 'train.sourceDir'],
  ['a script above', { entryPoint: '../train.py' }, 'train.entryPoint'],
  ['a shell script', { entryPoint: 'train.sh' }, 'train.entryPoint'],
  ['a dependency above', { dependencies: '[lib, ../lib]' }, 'train.dependencies[1]'],
])('%s is not in a repository', async (_what, train, path) => {
  expect(await faults(`{ repo: "${repo}" }`, train)).toMatchObject([{ path }])
})

test.each([
  ['a token', 'token: hunter2secret'],
  ['a password', 'username: alice, password: hunter2secret'],
  ['a token that looks like one', `token: ghp_${'a'.repeat(36)}`],
])('%s in plain text is refused, and not shown', async (_what, secret) => {
  const found = await faults(`{ repo: "${repo}", ${secret} }`)
  expect(found).toMatchObject([{ hint: expect.stringContaining('env:NAME') as unknown }])
  expect(formatFaults(found)).not.toMatch(/hunter2|ghp_a/)
})

test('an address with credentials is refused, and they are not shown', async () => {
  const found = await faults('{ repo: "https://alice:hunter2secret@example.com/code.git" }')
  expect(found).toMatchObject([{ path: 'train.gitConfig.repo' }])
  expect(formatFaults(found)).not.toContain('hunter2')
})
