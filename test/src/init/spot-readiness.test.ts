import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { readScriptSaving } from '../../../src/init/read-script-saving'
import { spotReadiness, type SpotReadiness } from '../../../src/init/spot-readiness'
import { packageRoot } from '../../../src/package-root'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-spot-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A script that has nothing against it; each test spoils one thing of it. */
const sound = `
import argparse, os, signal
from transformers import Trainer, TrainingArguments
from transformers.trainer_utils import get_last_checkpoint
from holdfast_checkpoint import DurableCheckpoints, latest_verified
parser = argparse.ArgumentParser()
parser.add_argument("--output_dir", default="/opt/ml/checkpoints")
args = parser.parse_args()
training_args = TrainingArguments(output_dir=args.output_dir, save_strategy="steps", save_steps=100)
trainer = Trainer(model=None, args=training_args)
trainer.add_callback(DurableCheckpoints(args.output_dir))
trainer.train(resume_from_checkpoint=latest_verified(args.output_dir))
trainer.save_model(os.environ["SM_MODEL_DIR"])
`.trimStart()

async function examine(...changes: [string, string][]): Promise<SpotReadiness> {
  let source = sound
  for (const [from, to] of changes) {
    if (!source.includes(from)) throw new Error(`there is no ${from}`)
    source = source.replace(from, to)
  }
  const path = join(folder, 'train.py')
  writeFileSync(path, source)
  return spotReadiness(await readScriptSaving({ path }))
}

/** What is not well, as `check level line`. */
const faults = ({ findings }: SpotReadiness): string[] =>
  findings
    .filter(({ level }) => level !== 'ok')
    .map(({ check, level, line }) => `${check} ${level} ${line ?? '-'}`)

test('a script with the two lines, that saves every few steps to the synced folder, is ready', async () => {
  const readiness = await examine()
  expect(faults(readiness)).toEqual([])
  expect(readiness.verdict).toBe('ready')
})

test('our own train.py is ready', async () => {
  const path = join(packageRoot(), 'training', 'train.py')
  const readiness = spotReadiness(await readScriptSaving({ path }))
  expect(faults(readiness)).toEqual([])
})

const trainingArguments =
  'TrainingArguments(output_dir=args.output_dir, save_strategy="steps", save_steps=100)'
const resume = 'resume_from_checkpoint=latest_verified(args.output_dir)'
const callback = 'trainer.add_callback(DurableCheckpoints(args.output_dir))\n'
const flag = 'parser.add_argument("--output_dir", default="/opt/ml/checkpoints")'

test.each<[string, [string, string][], string[]]>([
  ['never saves', [['"steps"', '"no"']], ['saves stop 8']],
  ['saves once an epoch', [['"steps"', '"epoch"']], ['saves risk 8']],
  ['leaves the interval to its default', [[', save_steps=100', '']], ['saves risk 8']],
  [
    'saves beside itself',
    [['output_dir=args.output_dir', 'output_dir="./out"']],
    ['output-dir stop 8'],
  ],
  [
    'saves where a variable says that is not synced',
    [
      ['output_dir=args.output_dir', 'output_dir=OUT'],
      ['parser =', 'OUT = "results"\nparser ='],
    ],
    ['output-dir stop 9'],
  ],
  [
    'saves into the model',
    [['output_dir=args.output_dir', 'output_dir=os.environ["SM_MODEL_DIR"]']],
    ['output-dir stop 8'],
  ],
  ['has a flag with another default', [['"/opt/ml/checkpoints"', '"out"']], ['output-dir risk 8']],
  ['has a flag without a default', [[flag, 'parser.add_argument("--output_dir")']], []],
  ['never resumes', [[resume, '']], ['resumes stop 11', 'helper risk 10']],
  [
    'resumes True',
    [[resume, 'resume_from_checkpoint=True']],
    ['resumes stop 11', 'helper risk 10'],
  ],
  [
    'resumes None',
    [[resume, 'resume_from_checkpoint=None']],
    ['resumes stop 11', 'helper risk 10'],
  ],
  [
    'resumes what a hyperparameter names',
    [
      [resume, 'resume_from_checkpoint=args.resume'],
      [flag, `${flag}; parser.add_argument("--resume")`],
    ],
    ['resumes stop 11', 'helper risk 10'],
  ],
  [
    'resumes the highest number',
    [[resume, 'resume_from_checkpoint=get_last_checkpoint(args.output_dir)']],
    ['resumes risk 11', 'helper risk 10'],
  ],
  [
    'resumes the highest number by way of variables',
    [
      [
        'trainer.train(',
        'last = None\nif os.listdir(args.output_dir):\n    last = get_last_checkpoint(args.output_dir)\nchosen = last\ntrainer.train(',
      ],
      [resume, 'resume_from_checkpoint=chosen'],
    ],
    ['resumes risk 15', 'helper risk 10'],
  ],
  [
    'resumes the newest verified one by way of a variable',
    [
      ['trainer.train(', 'chosen = latest_verified(args.output_dir)\ntrainer.train('],
      [resume, 'resume_from_checkpoint=chosen'],
    ],
    [],
  ],
  ['does not seal what it verifies', [[callback, '']], ['helper stop 10']],
  [
    'hands the helper to its Trainer',
    [
      [callback, ''],
      ['args=training_args', 'args=training_args, callbacks=[DurableCheckpoints(args.output_dir)]'],
    ],
    [],
  ],
  [
    'keeps one checkpoint',
    [['save_steps=100', 'save_steps=100, save_total_limit=1']],
    ['save-total-limit stop 8'],
  ],
  [
    'keeps three and has the helper',
    [['save_steps=100', 'save_steps=100, save_total_limit=3']],
    [],
  ],
  [
    'saves the model only',
    [['save_steps=100', 'save_steps=100, save_only_model=True']],
    ['resume-parts risk 8'],
  ],
  [
    'waits for SIGTERM',
    [['parser =', 'signal.signal(signal.SIGTERM, print)\nparser =']],
    ['sigterm risk 5'],
  ],
  [
    'has a switch',
    [[flag, `${flag}; parser.add_argument("--fp16", action="store_true")`]],
    ['switch risk 6'],
  ],
  [
    'has a type=bool',
    [[flag, `${flag}; parser.add_argument("--fp16", type=bool)`]],
    ['bool-type risk 6'],
  ],
  [
    'leaves no model',
    [['trainer.save_model(os.environ["SM_MODEL_DIR"])', '']],
    ['model-dir stop -'],
  ],
  [
    'leaves a pickle',
    [['save_steps=100', 'save_steps=100, save_safetensors=False']],
    ['pickle risk 8'],
  ],
  [
    'has a Trainer of its own making',
    [
      ['trainer = Trainer(', 'class Mine(Trainer): pass\ntrainer = Mine('],
      [resume, ''],
    ],
    ['resumes stop 12', 'helper risk 11'],
  ],
  [
    'takes its settings from a dictionary',
    [[trainingArguments, 'TrainingArguments(**vars(args))']],
    ['output-dir risk 8'],
  ],
])('a script that %s', async (_, changes, expected) => {
  const readiness = await examine(...changes)
  expect(faults(readiness)).toEqual(expected)
  const worst = expected.some((fault) => fault.includes(' stop ')) ? 'not ready' : 'ready with risk'
  expect(readiness.verdict).toBe(expected.length === 0 ? 'ready' : worst)
  for (const { level, why, fix } of readiness.findings) {
    if (level !== 'ok') expect([why, fix]).not.toContain(undefined)
  }
})

test('without the helper the way in which the Trainer deletes checkpoints is a risk too', async () => {
  const readiness = await examine(
    [callback, ''],
    [resume, 'resume_from_checkpoint=get_last_checkpoint(args.output_dir)'],
    ['save_steps=100', 'save_steps=100, save_total_limit=2'],
  )
  expect(faults(readiness)).toEqual(['resumes risk 10', 'helper risk -', 'save-total-limit risk 8'])
})

test('a loop of its own is not ready when it saves nothing, and a risk when it saves and loads', async () => {
  const path = join(folder, 'loop.py')
  const verdictOf = async (source: string) => {
    writeFileSync(path, source)
    return spotReadiness(await readScriptSaving({ path })).verdict
  }
  const end = 'model.save_pretrained(os.environ["SM_MODEL_DIR"])\n'
  expect(await verdictOf(`import os\nmodel.fit(data)\n${end}`)).toBe('not ready')
  expect(await verdictOf(`import os\ntorch.save(state, "x.pt")\n${end}`)).toBe('not ready')
  expect(
    await verdictOf(`import os\nstate = torch.load("x.pt")\ntorch.save(state, "x.pt")\n${end}`),
  ).toBe('ready with risk')
})

test('the script is read and never run', async () => {
  const witness = join(folder, 'it-ran')
  const path = join(folder, 'harmful.py')
  writeFileSync(path, `open(${JSON.stringify(witness)}, "w")\n${sound}`)
  await readScriptSaving({ path })
  await expect(readScriptSaving({ path: join(folder, 'absent.py') })).rejects.toMatchObject({
    code: 'E_SCRIPT',
  })
  writeFileSync(path, 'def broken(:\n')
  await expect(readScriptSaving({ path })).rejects.toMatchObject({ code: 'E_SCRIPT_SYNTAX' })
  expect(() => rmSync(witness)).toThrow('ENOENT')
})
