import type { JobEngine } from '../../../../../src/local/sagemaker/jobs/engine'
import {
  account,
  bucket,
  ended,
  processesWith,
  region,
  startFixture,
  until,
  type Fixture,
} from './fixture'

let fixture: Fixture
let engine: JobEngine
beforeAll(async () => {
  fixture = await startFixture()
  await fixture.scenario('timeScale: 60\n')
  engine = await fixture.engine()
}, 180_000)
afterAll(() => fixture.close(), 180_000)

const script = `
import json, os, sys, time
args = dict(zip(sys.argv[1::2], sys.argv[2::2]))
os.makedirs(args["--ml"] + "/output", exist_ok=True)
if args.get("--wait"):
    time.sleep(987654)
if args.get("--fail"):
    open(args["--ml"] + "/output/message", "w").write("the model is not good enough")
    sys.exit(3)
os.makedirs(os.path.join(args["--output"], "deep"), exist_ok=True)
json.dump({"model": open(args["--model"]).read(), "test": sorted(os.listdir(args["--test"])), "env": os.environ["MINE"]},
    open(os.path.join(args["--output"], "deep", "metrics.json"), "w"))
open(args["--ml"] + "/output/message", "w").write("all is well")
`

async function processing(name: string, extra: string[] = []) {
  const local = '/opt/ml/processing'
  const input = (InputName: string, S3Uri: string, LocalPath: string) => ({
    InputName,
    S3Input: { S3Uri, LocalPath, S3DataType: 'S3Prefix', S3InputMode: 'File' },
  })
  await fixture.put('eval/code/evaluate.py', script)
  await fixture.put('eval/model.tar.gz', 'the model')
  await fixture.put('eval/test/a', 'a')
  await fixture.put('eval/test/b', 'b')
  const request = {
    ProcessingJobName: name,
    ProcessingInputs: [
      input('code', `s3://${bucket}/eval/code`, `${local}/input/code`),
      input('model', `s3://${bucket}/eval/model.tar.gz`, `${local}/input/model`),
      input('test', `s3://${bucket}/eval/test/`, `${local}/input/test`),
    ],
    ProcessingOutputConfig: {
      Outputs: [
        {
          OutputName: 'evaluation',
          S3Output: {
            S3Uri: `s3://${bucket}/eval/out/${name}`,
            LocalPath: `${local}/output`,
            S3UploadMode: 'EndOfJob',
          },
        },
      ],
    },
    ProcessingResources: {
      ClusterConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 30 },
    },
    AppSpecification: {
      ImageUri: 'image',
      ContainerEntrypoint: ['python3', `${local}/input/code/evaluate.py`],
      ContainerArguments: [
        '--model',
        `${local}/input/model/model.tar.gz`,
        '--test',
        `${local}/input/test`,
        '--ml',
        '/opt/ml',
        '--output',
        `${local}/output`,
        ...extra,
      ],
    },
    Environment: { MINE: 'set' },
  }
  const arn = `arn:aws:sagemaker:${region}:${account}:processing-job/${name}`
  return await engine.create({ kind: 'processing', arn, request })
}

test('a processing job reads its inputs, writes its outputs to S3 and leaves its exit message', async () => {
  const job = await ended(engine, await processing('evaluates'))
  expect(job).toMatchObject({ status: 'Completed', exitMessage: 'all is well' })
  expect(
    JSON.parse((await fixture.get('eval/out/evaluates/deep/metrics.json')).toString()),
  ).toEqual({
    model: 'the model',
    test: ['a', 'b'],
    env: 'set',
  })
}, 180_000)

test('a failing processing job gives its message as the reason', async () => {
  const job = await ended(engine, await processing('fails', ['--fail', 'yes']))
  expect(job).toMatchObject({
    status: 'Failed',
    exitMessage: 'the model is not good enough',
    failureReason: 'AlgorithmError: the model is not good enough, exit code: 3',
  })
  expect(await fixture.keys('eval/out/fails')).toEqual([])
}, 180_000)

test('a stopped processing job ends Stopped and nothing of it goes on', async () => {
  const mark = `stop-me-now-${process.pid}`
  const created = await processing('stops', ['--wait', mark])
  await until('it runs', async () => (await processesWith(mark)).length > 0)
  await engine.stop(created)
  expect(await ended(engine, created)).toMatchObject({ status: 'Stopped' })
  expect(await processesWith(mark)).toEqual([])
}, 180_000)
