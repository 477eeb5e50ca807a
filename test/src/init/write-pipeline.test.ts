import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadPipeline } from '../../../src/config/load-pipeline'
import { initPipeline } from '../../../src/init/write-pipeline'
import { packageRoot } from '../../../src/package-root'

const folders: string[] = []
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })))

/** A folder with a script in scripts/, as a user has it. */
function project(script: string, name = 'train.py'): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-init-'))
  folders.push(folder)
  mkdirSync(join(folder, 'scripts'))
  if (existsSync(script)) copyFileSync(script, join(folder, 'scripts', name))
  else writeFileSync(join(folder, 'scripts', name), script)
  return folder
}
const fixture = (name: string) => join(__dirname, 'fixtures', name)
const entryPoint = 'scripts/train.py'

describe('initPipeline', () => {
  test('turns the flags of an argparse script into hyperparameters, and the result loads', async () => {
    const folder = project(fixture('plain_argparse.py'))
    const { path, text, warnings } = await initPipeline({ entryPoint, folder })
    const { pipeline } = await loadPipeline({ path })
    expect(pipeline.train.hyperparameters).toEqual({
      epochs: 2,
      'train-batch-size': 16,
      rate: 3e-5,
      weight_decay: { __float__: 1 },
      schedule: 'linear',
      note: 'yes: quoted # twice',
    })
    expect(pipeline.train.sourceDir).toBe(join(folder, 'scripts'))
    expect(text).toContain('# freeze: a switch (store_true)')
    expect(text).toContain('# fp16: false by default')
    expect(text).toContain('s3://your-bucket/data.csv # edit me')
    // The script never resumes, so spot would start it again from nothing.
    expect(pipeline.train.placements).toEqual([
      { instanceType: 'ml.g5.xlarge', useSpotInstances: false },
    ])
    expect(warnings).toEqual([])
  })

  test('gives an HfArgumentParser script its model, its output folder and do_train', async () => {
    const folder = project(fixture('hf_arguments.py'))
    const { path, text, warnings } = await initPipeline({ entryPoint, folder })
    const { pipeline } = await loadPipeline({ path })
    expect(pipeline.model).toEqual({ kind: 'hub', id: 'google/electra-small-discriminator' })
    expect(pipeline.train.hyperparameters).toEqual({
      output_dir: '/opt/ml/model',
      do_train: true,
      warm: { __float__: 1 },
      model_name_or_path: 'google/electra-small-discriminator',
      use_fast_tokenizer: true,
      max_seq_length: 128,
      overwrite_cache: false,
    })
    expect(text).toContain('# task_name: required by the script, edit me: which task')
    expect(warnings.map(({ check }) => check)).toEqual(['required-flag'])
  })

  test('leaves out what it cannot know of computed defaults and subcommands', async () => {
    const folder = project(fixture('from_env.py'))
    const { path, text } = await initPipeline({ entryPoint, folder })
    const { pipeline } = await loadPipeline({ path })
    expect(pipeline.train.hyperparameters).toEqual({
      'output-dir': '/opt/ml/checkpoints',
      model_id: 'prajjwal1/bert-tiny',
    })
    expect(text).toContain('# corpus: required by the script')
    expect(pipeline.train.placements[0]?.useSpotInstances).toBe(true)
  })

  test('uses the data file it finds, with columns told from the header', async () => {
    const folder = project(fixture('plain_argparse.py'))
    mkdirSync(join(folder, 'data'))
    writeFileSync(join(folder, 'data', 'r.tsv'), '\ufeffid\tReview\tSentiment\n1\tgood\tpos\n')
    const { path, notes } = await initPipeline({ entryPoint, folder })
    const { pipeline } = await loadPipeline({ path })
    expect(pipeline.dataset).toMatchObject({
      path: join(folder, 'data', 'r.tsv'),
      format: 'tsv',
      textColumn: 'Review',
      labelColumn: 'Sentiment',
    })
    expect(notes.join('\n')).toContain('r.tsv was found')
  })

  test('uses the data file and the model directory it is given', async () => {
    const folder = project(fixture('hf_arguments.py'))
    writeFileSync(join(folder, 'x.jsonl'), '{"a b": "hello", "label": 1}\n')
    mkdirSync(join(folder, 'mine'))
    writeFileSync(join(folder, 'mine', 'config.json'), '{}')
    const { path, notes } = await initPipeline({
      entryPoint,
      folder,
      dataPath: 'x.jsonl',
      model: './mine',
    })
    const { pipeline } = await loadPipeline({ path })
    expect(pipeline.model).toEqual({ kind: 'directory', path: join(folder, 'mine') })
    expect(pipeline.train.hyperparameters['model_name_or_path']).toBe('/opt/ml/input/data/model')
    expect(notes.join('\n')).toContain('a b, label')
  })

  test('never overwrites without force', async () => {
    const folder = project(fixture('plain_argparse.py'))
    const path = join(folder, 'pipeline.yaml')
    writeFileSync(path, 'mine')
    await expect(initPipeline({ entryPoint, folder })).rejects.toMatchObject({
      code: 'E_EXISTS',
      where: path,
    })
    expect(readFileSync(path, 'utf8')).toBe('mine')
    await initPipeline({ entryPoint, folder, force: true })
    expect(readFileSync(path, 'utf8')).toContain('train-batch-size: 16')
  })

  test.each([
    ['a missing script', { entryPoint: 'scripts/none.py' }, 'E_SCRIPT'],
    ['a notebook', { entryPoint: 'scripts/a.ipynb' }, 'E_SCRIPT'],
    ['a missing data file', { entryPoint, dataPath: 'none.csv' }, 'E_DATASET'],
    ['a missing model directory', { entryPoint, model: './none' }, 'E_CONFIG'],
  ])('%s writes nothing', async (_, options, code) => {
    const folder = project(fixture('plain_argparse.py'))
    await expect(initPipeline({ ...options, folder })).rejects.toMatchObject({ code })
    expect(existsSync(join(folder, 'pipeline.yaml'))).toBe(false)
  })

  test('a script with hostile names and texts still gives a config that loads', async () => {
    const folder = project(
      'import argparse\np = argparse.ArgumentParser()\n' +
        'p.add_argument("--a: {b", default="x\\n# y: [", help="one\\ntwo: # \\x1b[2J")\np.add_argument("--true", default="null")\n' +
        'p.add_argument("--n", default=1e400)\np.add_argument("--s", default=-1e-7)\np.parse_known_args()\n',
    )
    const { path, text } = await initPipeline({ entryPoint, folder })
    const { pipeline } = await loadPipeline({ path })
    expect(pipeline.train.hyperparameters).toEqual({ 'a: {b': 'x\n# y: [', true: 'null', s: -1e-7 })
    expect(text).not.toContain('\u001b')
  })

  const post = join(
    packageRoot(),
    '..',
    'shared',
    'seed',
    'partnership-amazon-sagemaker-and-hugging-face.md',
  )
  const script = existsSync(post)
    ? /```bash\n(from transformers import [^`]*ArgumentParser[\s\S]*?)```/.exec(
        readFileSync(post, 'utf8'),
      )?.[1]
    : undefined
  const whenThere = script === undefined ? test.skip : test
  whenThere("turns the blog post's own script into a config that loads", async () => {
    const folder = project(script ?? '')
    const { path, warnings } = await initPipeline({ entryPoint, folder })
    const { pipeline } = await loadPipeline({ path })
    expect(pipeline.train.hyperparameters).toEqual({
      epochs: 3,
      'train-batch-size': 32,
      'eval-batch-size': 64,
      warmup_steps: 500,
      learning_rate: 5e-5,
    })
    expect(warnings).toEqual([])
  })
})
