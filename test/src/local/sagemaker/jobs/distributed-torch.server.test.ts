import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { extract } from 'tar'

import type { JobEngine } from '../../../../../src/local/sagemaker/jobs/engine'
import { pythonTools } from '../../../../../src/local/sagemaker/jobs/job-command'
import { packageRoot } from '../../../../../src/package-root'
import { bucket, ended, startFixture, trainingRequest, type Fixture } from './fixture'

const run = promisify(execFile)

/** Seconds: torch is imported by each process at each start, on a machine that may be busy. */
const patience = 240

let fixture: Fixture
let engine: JobEngine
let source: string
let folder: string
const losses: string[] = []

beforeAll(async () => {
  fixture = await startFixture()
  folder = await mkdtemp(join(tmpdir(), 'holdfast-torch-'))
  const make = `
import sys
sys.path.insert(0, sys.argv[1])
from support import tiny_dataset, tiny_model
tiny_model(sys.argv[2] + "/model")
tiny_dataset(sys.argv[2] + "/train", 192, 1)
tiny_dataset(sys.argv[2] + "/test", 40, 2)
`
  await run(pythonTools().python, ['-c', make, join(packageRoot(), 'test', 'training'), folder])
  for (const channel of ['model', 'train', 'test'])
    for (const name of await readdir(join(folder, channel)))
      await fixture.put(`data/${channel}/${name}`, await readFile(join(folder, channel, name)))
  const training = join(packageRoot(), 'training')
  const files = ['train.py', 'holdfast_checkpoint.py'].map(async (name) => [
    name,
    await readFile(join(training, name), 'utf8'),
  ])
  source = await fixture.source(
    'real',
    Object.fromEntries(await Promise.all(files)) as Record<string, string>,
  )
  // Interrupted once each, after the first checkpoint that the job itself has completed.
  await fixture.scenario(
    'rules:\n  - jobs: "*"\n    when: { checkpoint: 1 }\n    do: interrupt\n    resumeAfter: 0s\n',
  )
  engine = await fixture.engine({ runner: 'toolkit' })
}, 300_000)

afterAll(async () => {
  await fixture.close()
  await rm(folder, { recursive: true, force: true })
}, 180_000)

const channel = (ChannelName: string) => ({
  ChannelName,
  DataSource: {
    S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://${bucket}/data/${ChannelName}/` },
  },
})

type Event = Record<string, unknown>

/** What the helper told in one start of a job; one that is slow to be interrupted may have come to its end. */
async function eventsOf(name: string, stream: string): Promise<Event[]> {
  const lines = (await fixture.logs(name, stream)).filter((line) => line.startsWith('holdfast {'))
  return lines.map((line) => JSON.parse(line.slice('holdfast '.length)) as Event)
}

/** The files of an archive that the job left, with their text where asked for. */
async function membersOf(name: string, archive: string): Promise<Record<string, string>> {
  const file = join(folder, `${name}-${archive}`)
  await writeFile(file, await fixture.get(`out/${name}/output/${archive}`))
  const inside = await mkdtemp(join(folder, 'inside-'))
  await extract({ file, cwd: inside })
  const entries = await readdir(inside, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return Object.fromEntries(
    await Promise.all(
      files.map(async (entry) => {
        const path = join(entry.parentPath, entry.name)
        return [path.slice(inside.length + 1), await readFile(path, 'utf8')] as const
      }),
    ),
  )
}

test.each([
  { shape: '1 instance of 1 process', instances: 1, type: 'ml.p3.2xlarge', world: 1 },
  { shape: '1 instance of 2 processes', instances: 1, type: 'ml.p3.8xlarge', world: 2 },
  { shape: '2 instances of 1 process', instances: 2, type: 'ml.p3.2xlarge', world: 2 },
])(
  'train.py leaves one model and one eval_results.txt, also when it is interrupted: $shape',
  async ({ instances, type, world }) => {
    const name = `real-${instances}-${world}`
    const request = trainingRequest({
      name,
      source,
      spot: true,
      hyperparameters: {
        model_name: '/opt/ml/input/data/model',
        epochs: 1,
        train_batch_size: 8 / world,
        learning_rate: 0.01,
        save_steps: 6,
        ...(world > 1 && { sagemaker_torch_distributed_enabled: true }),
      },
      extra: {
        InputDataConfig: ['model', 'train', 'test'].map(channel),
        ResourceConfig: { InstanceType: type, InstanceCount: instances, VolumeSizeInGB: 30 },
      },
    })
    const job = await ended(engine, await engine.create(request), patience)
    const logs = await fixture.logs(name)
    if (job.status !== 'Completed')
      throw new Error(`${job.failureReason ?? ''}\n${logs.slice(-80).join('\n')}`)
    // The instance type's GPUs are more than this machine's processes: that is said.
    const notice = logs.filter((line) => line.includes('HOLDFAST_LOCAL_PROCESSES'))
    expect(notice).toHaveLength(type === 'ml.p3.8xlarge' ? 2 : 0)

    expect(job.attempt).toBe(2)
    const [before, after] = await Promise.all(
      job.logStreams.map((stream) => eventsOf(name, stream)),
    )
    const told = (events: Event[] | undefined, event: string) =>
      events?.filter((one) => one.event === event)
    // One process of all tells, and all of them went on from a checkpoint that is whole.
    expect(told(before, 'started')).toHaveLength(1)
    const resumed = told(after, 'resumed')
    expect(resumed).toHaveLength(1)
    expect(Number(resumed?.[0]?.step)).toBeGreaterThanOrEqual(6)
    expect(told(after, 'finished')).toMatchObject([{ step: 24 }])

    const model = await membersOf(name, 'model.tar.gz')
    expect(Object.keys(model).filter((file) => file.endsWith('.safetensors'))).toEqual([
      'model.safetensors',
    ])
    expect(Object.keys(model)).toContain('config.json')
    const output = await membersOf(name, 'output.tar.gz')
    const results = Object.keys(output).filter((file) => file.endsWith('eval_results.txt'))
    expect(results).toEqual(['eval_results.txt'])
    expect(output['eval_results.txt']).toMatch(/^eval_accuracy = /m)
    // The checkpoint that is left has the random state of every process, and says how many there were.
    const checkpoint = (await fixture.keys(`ckpt/${name}/checkpoint-24/`)).map((key) =>
      key.slice(`ckpt/${name}/checkpoint-24/`.length),
    )
    const manifests = checkpoint.filter((file) => file.startsWith('holdfast-manifest'))
    expect(manifests).toHaveLength(instances)
    expect(checkpoint.filter((file) => file.startsWith('rng_state'))).toHaveLength(world)
    for (const file of manifests) {
      const text = (await fixture.get(`ckpt/${name}/checkpoint-24/${file}`)).toString()
      expect(JSON.parse(text)).toMatchObject({ worldSize: world, step: 24 })
    }
    losses.push(output['eval_results.txt']?.match(/^eval_loss = (.*)$/m)?.[1] ?? '')
  },
  (patience + 20) * 1000,
)

test('two processes come to the same model, whether on one instance or on two', () => {
  const [, together, apart] = losses
  expect(Number(together)).toBeGreaterThan(0)
  expect(apart).toBe(together)
})

/** After the script of Hugging Face's post, in the spelling of today's transformers: every process writes. */
const stranger = `
import argparse, os
from datasets import load_from_disk
from transformers import AutoModelForSequenceClassification, AutoTokenizer, DataCollatorWithPadding
from transformers import Trainer, TrainingArguments

parser = argparse.ArgumentParser()
parser.add_argument("--model_name")
args, _ = parser.parse_known_args()
training_args = TrainingArguments(
    output_dir=os.environ["SM_MODEL_DIR"], num_train_epochs=1, per_device_train_batch_size=16, report_to="none",
)
trainer = Trainer(
    model=AutoModelForSequenceClassification.from_pretrained(args.model_name),
    args=training_args,
    train_dataset=load_from_disk(os.environ["SM_CHANNEL_TRAIN"]),
    eval_dataset=load_from_disk(os.environ["SM_CHANNEL_TEST"]),
    data_collator=DataCollatorWithPadding(AutoTokenizer.from_pretrained(args.model_name)),
)
trainer.train()
result = trainer.evaluate()
print("RANK %d of %d, %d steps" % (training_args.process_index, training_args.world_size, trainer.state.global_step))
with open(os.path.join(os.environ["SM_OUTPUT_DATA_DIR"], "eval_results.txt"), "w") as writer:
    for key, value in sorted(result.items()):
        writer.write(f"{key} = {value}\\n")
trainer.save_model(os.environ["SM_MODEL_DIR"])
`

test.each([1, 2])(
  'a Trainer script that knows nothing of us trains by two processes on %s instances of the built-in runner',
  async (instances) => {
    const name = `stranger-${instances}`
    const own = await fixture.engine({ runner: 'built-in' })
    const request = trainingRequest({
      name,
      source: await fixture.source('stranger', { 'train.py': stranger }),
      hyperparameters: {
        model_name: '/opt/ml/input/data/model',
        sagemaker_torch_distributed_enabled: true,
      },
      extra: {
        InputDataConfig: ['model', 'train', 'test'].map(channel),
        ResourceConfig: {
          InstanceType: instances === 1 ? 'ml.g5.12xlarge' : 'ml.g5.xlarge',
          InstanceCount: instances,
          VolumeSizeInGB: 30,
        },
      },
    })
    const job = await ended(own, await own.create(request), patience)
    await own.close()
    const logs = await fixture.logs(name)
    if (job.status !== 'Completed')
      throw new Error(`${job.failureReason ?? ''}\n${logs.slice(-80).join('\n')}`)
    // 192 rows in batches of 16 for each of two processes.
    const ranks = logs.flatMap((line) => /RANK \d of \d, \d+ steps/.exec(line) ?? []).sort()
    expect(ranks).toEqual(['RANK 0 of 2, 6 steps', 'RANK 1 of 2, 6 steps'])
    const output = await membersOf(name, 'output.tar.gz')
    expect(Object.keys(output)).toEqual(['eval_results.txt'])
    expect(Object.keys(await membersOf(name, 'model.tar.gz'))).toContain('model.safetensors')
  },
  (patience + 20) * 1000,
)
