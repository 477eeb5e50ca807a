import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { setUp } from '../../src/local/setup'
import { packageRoot } from '../../src/package-root'
import type { Plan } from '../../src/plan'
import { startCli, type CliResult } from './support/run-cli'

jest.setTimeout(300_000)

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-init-')))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The blog post whose script Holdfast's users come from; it is not part of the repository. */
const seed = join(packageRoot(), '..', 'shared', 'seed')
const post = existsSync(seed) ? readdirSync(seed).find((name) => name.endsWith('.md')) : undefined
const testWithPost = post === undefined ? test.skip : test

testWithPost('init on the script of the post gives a pipeline that passes plan', async () => {
  const text = readFileSync(join(seed, post ?? ''), 'utf8')
  const blocks = [...text.matchAll(/^```\w*\n([\s\S]*?)^```/gm)].map(([, code = '']) => code)
  const script = blocks.find((code) => code.includes('argparse.ArgumentParser'))
  const project = makeProject('post')
  writeFileSync(join(project, 'scripts', 'train.py'), script ?? '')
  const plan = await initAndPlan(project, 'train.py')
  expect(hyperparametersOf(plan)).toMatchObject({
    epochs: '3',
    'train-batch-size': '32',
    'eval-batch-size': '64',
    warmup_steps: '500',
    learning_rate: '5e-05',
  })
})

/** Training scripts inside the pinned accelerate, which nobody here wrote. */
test.each([
  ['test_performance.py', { num_epochs: '3' }],
  ['test_checkpointing.py', { num_epochs: '2' }],
])('init on the %s of accelerate gives a pipeline that passes plan', async (name, expected) => {
  const project = makeProject(name.replace(/\W/g, '-'))
  const scripts = join(await accelerateFolder(), 'test_utils', 'scripts', 'external_deps')
  copyFileSync(join(scripts, name), join(project, 'scripts', name))
  const plan = await initAndPlan(project, name)
  expect(hyperparametersOf(plan)).toMatchObject({
    ...expected,
    // The model stays the script's own, and what it saves is what SageMaker keeps.
    model_name_or_path: '"bert-base-cased"',
    output_dir: '"/opt/ml/model"',
  })
})

function makeProject(name: string): string {
  const project = join(folder, name)
  mkdirSync(join(project, 'scripts'), { recursive: true })
  return project
}

async function initAndPlan(project: string, script: string): Promise<Plan> {
  const made = await cli(project, ['init', '--entry-point', `scripts/${script}`])
  expect(made).toMatchObject({ code: 0, stdout: `${join(project, 'pipeline.yaml')}\n` })

  const again = await cli(project, ['init', '--entry-point', `scripts/${script}`])
  expect(again).toMatchObject({ code: 2, stdout: '' })
  expect(again.stderr).toContain('E_EXISTS')

  const { code, stdout, stderr } = await cli(project, ['plan', '-f', 'pipeline.yaml', '--json'])
  expect({ code, stderr }).toMatchObject({ code: 0 })
  return JSON.parse(stdout) as Plan
}

function cli(cwd: string, args: string[]): Promise<CliResult> {
  return startCli(args, { cwd }).ended
}

function hyperparametersOf({ calls }: Plan): Record<string, string> {
  const job = calls.find(({ op }) => op === 'CreateTrainingJob')
  return (job?.params as { HyperParameters: Record<string, string> }).HyperParameters
}

/** Where accelerate lies, found without importing it. */
async function accelerateFolder(): Promise<string> {
  const { python } = await setUp({ parts: ['python'], onProgress: () => undefined })
  const find =
    'import importlib.util as u; print(*u.find_spec("accelerate").submodule_search_locations)'
  return execFileSync(python, ['-c', find], { encoding: 'utf8', timeout: 60_000 }).trim()
}
