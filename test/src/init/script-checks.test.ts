import { join } from 'node:path'
import type { Hyperparameter, ResolvedPipeline } from '../../../src/config/resolved-pipeline'
import { readScriptFlags } from '../../../src/init/read-script-flags'
import { checkScript } from '../../../src/init/script-checks'

async function checks(name: string, hyperparameters: Record<string, Hyperparameter>, spot = false) {
  const script = await readScriptFlags({ path: join(__dirname, 'fixtures', name) })
  const train = {
    hyperparameters,
    placements: [{ instanceType: 'ml.g5.xlarge', useSpotInstances: spot }],
  }
  const warnings = checkScript({ pipeline: { train } as unknown as ResolvedPipeline, script })
  return warnings.map(({ check, message, hint }) => `${check}: ${message}; ${hint}`)
}

describe('checkScript', () => {
  test('is content with hyperparameters that the script knows', async () => {
    expect(
      await checks('plain_argparse.py', { epochs: 1, 'train-batch-size': 8, b: 4, fp16: true }),
    ).toEqual([])
  })
  test("finds the post's own trap: an underscore for a hyphen is dropped silently", async () => {
    expect(await checks('plain_argparse.py', { train_batch_size: 32 })).toEqual([
      'unknown-flag: the script has no --train_batch_size; parse_known_args drops it and the default is used; it declares --train-batch-size: write "train-batch-size"',
    ])
  })
  test('knows that argparse takes an unambiguous beginning', async () => {
    expect(await checks('plain_argparse.py', { epo: 1 })).toEqual([])
  })
  test('warns of switches that are given a value, of type=bool, and of a value outside the choices', async () => {
    const found = await checks('plain_argparse.py', {
      freeze: false,
      fp16: false,
      schedule: 'step',
    })
    expect(found.map((each) => each.split(':')[0])).toEqual(['switch', 'bool-type', 'choice'])
  })
  test('warns of spot training that never resumes', async () => {
    expect(await checks('plain_argparse.py', {}, true)).toEqual([
      expect.stringContaining('no-resume'),
    ])
    expect(
      await checks(
        'hf_arguments.py',
        { task_name: 'x', model_name_or_path: 'y', output_dir: '/opt/ml/model' },
        true,
      ),
    ).toEqual([])
  })
  test('does not guess about flags that TrainingArguments may have', async () => {
    expect(
      await checks('hf_arguments.py', {
        task_name: 'x',
        model_name_or_path: 'y',
        output_dir: '/opt/ml/checkpoints',
        learning_rate: 1,
        'max-seq-length': 8,
      }),
    ).toEqual([])
  })
  test('names the flags that the script requires', async () => {
    expect(await checks('from_env.py', {})).toEqual([expect.stringContaining('requires --corpus')])
  })
  test('names the nearest option where a name is mistyped, and none where nothing is near', async () => {
    expect(await checks('plain_argparse.py', { 'train-batchsize': 1 })).toEqual([
      expect.stringContaining('it declares --train-batch-size: write "train-batch-size"'),
    ])
    expect(await checks('plain_argparse.py', { unheard_of: 1 })).toEqual([
      expect.stringContaining('remove it, or declare it'),
    ])
  })
  test.each<[string, Record<string, Hyperparameter>, string[]]>([
    [
      'no output_dir',
      {},
      ['output-dir: the script parses TrainingArguments and gets no output_dir'],
    ],
    [
      'one that is lost',
      { output_dir: '/tmp/x' },
      ['output-dir: what the script writes to output_dir /tmp/x is lost'],
    ],
    ['a neighbour of one that is kept', { output_dir: '/opt/ml/models' }, ['output-dir: what']],
    ['one that is kept', { output_dir: '/opt/ml/model' }, []],
    ['one below it', { 'output-dir': '/opt/ml/checkpoints/run' }, []],
  ])('of a script with TrainingArguments that gets %s', async (_, given, expected) => {
    const found = await checks('hf_arguments.py', {
      task_name: 'x',
      model_name_or_path: 'y',
      ...given,
    })
    expect(found).toEqual(expected.map((begin) => expect.stringContaining(begin) as string))
  })
})
