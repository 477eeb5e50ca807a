import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { createJob } from '../../activities/create-job'
import { freezeEvaluation } from '../../activities/freeze-evaluation'
import { freezeTraining } from '../../activities/freeze-training'
import { openRun } from '../../activities/open-run'
import { preprocess } from '../../activities/preprocess'
import { publish } from '../../activities/publish'
import { sealArtifact } from '../../activities/seal-artifact'
import { sealRun } from '../../activities/seal-run'
import { upload } from '../../activities/upload'
import type { DatasetPipeline } from '../../src/config/has-dataset'
import type { AwsCall } from '../../src/estimator/aws-call'
import { planPipeline } from '../../src/plan/plan-pipeline'
import { tarGz } from '../src/a-tar'
import { tinyModel } from '../src/models/tiny-model'
import { wordLevel } from '../src/dataset/tiny-tokenizer'
import { pipeline as demo } from '../src/plan/pipeline'
import { account, bucket, startLocalAws, type LocalAws } from './local-aws'

jest.setTimeout(120_000)

let local: LocalAws
const sent: AwsCall[] = []
beforeAll(async () => {
  local = await startLocalAws()
  const { s3, sagemaker } = local.aws
  s3.middlewareStack.add(
    (next, context) => (args) => {
      keep({ service: 's3', context, params: args.input })
      return next(args)
    },
    { step: 'initialize' },
  )
  sagemaker.middlewareStack.add(
    (next, context) => (args) => {
      keep({ service: 'sagemaker', context, params: args.input })
      return next(args)
    },
    { step: 'initialize' },
  )
})
afterAll(() => local.stop())

function keep(call: { service: string; context: object; params: object }): void {
  const { service, context, params } = call
  const { commandName = '' } = context as { commandName?: string }
  sent.push({ service, op: commandName.replace(/Command$/, ''), params })
}

async function aPipeline(): Promise<DatasetPipeline> {
  const folder = join(local.root, 'planned')
  await mkdir(join(folder, 'model'), { recursive: true })
  await mkdir(join(folder, 'source'))
  const rows = Array.from({ length: 30 }, (_, at) => `good film ${at},${at % 2 ? 'pos' : 'neg'}`)
  await writeFile(join(folder, 'reviews.csv'), `text,label\n${rows.join('\n')}\n`)
  await writeFile(join(folder, 'model', 'tokenizer.json'), JSON.stringify(wordLevel))
  await writeFile(join(folder, 'model', 'config.json'), '{}')
  await writeFile(join(folder, 'source', 'train.py'), 'print("training")\n')
  return {
    ...demo,
    name: 'planned',
    storage: { bucket, prefix: 'holdfast' },
    dataset: { ...demo.dataset, path: join(folder, 'reviews.csv'), split: { test: 0.2, seed: 7 } },
    model: { kind: 'directory', path: join(folder, 'model') },
    publish: { model: 'planned' },
    train: {
      ...demo.train,
      sourceDir: join(folder, 'source'),
      inputs: { extra: { s3Data: 's3://elsewhere/extra', inputMode: 'FastFile' } },
      environment: { MODE: 'test' },
      estimator: { keepAlivePeriodInSeconds: 0, volumeKmsKey: 'alias/volume' },
    },
    tags: { team: 'search' },
  }
}

/** The steps of workflows/pipeline.ts, one after the other, with a model that nobody trained. */
async function run(pipeline: DatasetPipeline): Promise<void> {
  const { deps } = local
  const site = local.site('planned-1')
  await openRun(deps, { ...site, pipeline })
  const revision = { data: 'd', model: 'm', code: 'c', config: 'f' }
  const prepared = await local.inActivity(() => preprocess(deps, { site, pipeline }))
  const inputs = await local.inActivity(() => upload(deps, { site, pipeline, prepared, revision }))
  const placement = demo.train.placements[0] ?? { instanceType: '', useSpotInstances: true }
  const training = await freezeTraining(deps, { site, pipeline, inputs, placement, attempt: 1 })
  await createJob(deps, { job: training, site })
  const ours = sent.length
  await local.storage.write(training.outputUri, tarGz(tinyModel('planned')))
  sent.length = ours
  const artifact = await local.inActivity(() =>
    sealArtifact(deps, { artifactUri: training.outputUri }),
  )
  const { dataset } = inputs
  if (!dataset) throw new Error('there is no dataset')
  const scoring = await freezeEvaluation(deps, { site, pipeline, dataset, artifact, attempt: 1 })
  await createJob(deps, { job: scoring, site })
  const metrics = { eval_accuracy: 0.8 }
  const evaluation = { metrics, rows: 6, labels: ['neg', 'pos'], artifactSha256: artifact.sha256 }
  const model = 'planned'
  await local.inActivity(() =>
    publish(deps, { site, pipeline, revision, artifact, evaluation, model }),
  )
  await sealRun(deps, { site, pipeline, state: {} as never, outcome: 'completed' })
}

/** What only looks, and is no part of a plan. */
const looks = /^(Get|Describe|List)|^HeadObject$/

/** `<...>` in a plan stands for anything. */
function matches(planned: unknown, actual: unknown): boolean {
  if (typeof planned === 'string' && planned.includes('<')) {
    if (/^<[^>]*>$/.test(planned)) return actual !== undefined
    const parts = planned
      .split(/<[^>]*>/)
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    return typeof actual === 'string' && new RegExp(`^${parts.join('.+')}$`, 's').test(actual)
  }
  if (planned === null || typeof planned !== 'object') return planned === actual
  if (actual === null || typeof actual !== 'object') return false
  if ((planned as { Objects?: unknown }).Objects) return 'Objects' in actual
  const names = Object.keys(planned).filter((name) => !name.includes('<'))
  const actualNames = Object.entries(actual)
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name)
    // A checksum that nobody planned is the AWS SDK's own addition.
    .filter((name) => names.includes(name) || !/^metric:|^Checksum/.test(name))
  return (
    names.sort().join() === actualNames.sort().join() &&
    names.every((name) =>
      matches(
        (planned as Record<string, unknown>)[name],
        (actual as Record<string, unknown>)[name],
      ),
    )
  )
}

test('a run makes the calls of its plan, in that order and with those parameters', async () => {
  const pipeline = await aPipeline()
  await run(pipeline)
  const made = sent.filter(({ op }) => !looks.test(op))

  const { calls } = planPipeline({
    pipeline,
    session: { region: 'us-east-1', account },
    env: local.env,
  })
  let at = 0
  for (const call of calls) {
    const first = made[at]
    expect({ planned: call, made: first }).toMatchObject({
      made: { service: call.service, op: call.op },
    })
    if (!matches(call.params, first?.params)) expect(first?.params).toEqual(call.params)
    at += 1
    // One call stands for all files of its kind.
    if (JSON.stringify(call.params).includes('<file>'))
      while (made[at]?.op === call.op && matches(call.params, made[at]?.params) && !isNext(at))
        at += 1
  }
  expect(made.slice(at)).toEqual([])

  /** A manifest would match `<file>`, and is a call of its own. */
  function isNext(index: number): boolean {
    const { Key = '' } = (made[index]?.params ?? {}) as { Key?: string }
    return Key.endsWith('/manifest.json')
  }
})
