import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { scriptWarnings } from '../../../src/cli/script-warnings'
import { loadPipeline } from '../../../src/config/load-pipeline'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-git-script-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** The warnings of plan for a script in git, without a network. */
async function warningsOf(options: {
  repo?: string
  entryPoint?: string
  hyperparameters?: string
}): Promise<string[]> {
  const {
    repo = 'https://github.com/huggingface/transformers.git',
    entryPoint = 'run_glue.py',
    hyperparameters = '{ epochs: 1 }',
  } = options
  const path = join(folder, 'pipeline.yaml')
  await writeFile(
    path,
    `name: git-script
train:
  gitConfig: { repo: ${JSON.stringify(repo)}, branch: main }
  sourceDir: examples
  entryPoint: ${entryPoint}
  role: arn:aws:iam::111122223333:role/train
  transformersVersion: '4.6.1'
  pytorchVersion: '1.7.1'
  pyVersion: py36
  instanceType: ml.p3.2xlarge
  instanceCount: 1
  hyperparameters: ${hyperparameters}
`,
  )
  const { pipeline } = await loadPipeline({ path, env: {} })
  const warnings = await scriptWarnings({ pipeline, env: {} })
  return warnings.map(({ check, message }) => `${check}: ${message}`)
}

test('an example script in a git repository without output_dir is warned of', async () => {
  const found = await warningsOf({})
  expect(found).toHaveLength(1)
  expect(found[0]).toMatch(/^output-dir: run_glue\.py of https:.* gets no output_dir/)
})

test.each([
  ['a script of the Hub by any name', { entryPoint: 'train.py' }, 1],
  ['a repository by its SSH address', { repo: 'git@github.com:huggingface/transformers' }, 1],
  ['a fork, when its script is called run_*.py', { repo: 'https://example.org/me/fork.git' }, 1],
  ['output_dir', { hyperparameters: '{ output_dir: /opt/ml/model }' }, 0],
  ['output-dir', { hyperparameters: '{ output-dir: /opt/ml/model }' }, 0],
  [
    "a script of one's own, elsewhere",
    { repo: 'https://example.org/me/mine.git', entryPoint: 'train.py' },
    0,
  ],
])('with %s', async (_, options, count) => {
  expect(await warningsOf(options)).toHaveLength(count)
})
