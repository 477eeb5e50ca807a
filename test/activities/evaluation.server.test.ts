import { freezeEvaluation } from '../../activities/freeze-evaluation'
import { readChampion } from '../../activities/read-champion'
import { openRun } from '../../activities/open-run'
import { readEvaluation } from '../../activities/read-evaluation'
import { joinUri } from '../../src/aws/s3-uri'
import type { ResolvedPipeline } from '../../src/config/resolved-pipeline'
import type { HoldfastError } from '../../src/errors'
import { moveChampion, type ModelRef } from '../../src/models/champion'
import { pipeline } from '../workflows/scripted-world'
import { bucket, startLocalAws, type LocalAws } from './local-aws'

let local: LocalAws
beforeAll(async () => {
  local = await startLocalAws()
}, 60_000)
afterAll(() => local?.stop())

let number = 0

/** What is made of a metrics.json. */
async function reading(report: unknown, metric?: string) {
  const outputUri = joinUri(local.site(`read-${++number}`).run, 'evaluation')
  const text = typeof report === 'string' ? report : JSON.stringify(report)
  await local.storage.write(joinUri(outputUri, 'metrics.json'), text)
  return readEvaluation(local.deps, { outputUri, ...(metric && { metric }) })
}

const minimal = { metrics: { eval_auc: 0.9 }, rows: 10, artifact: { sha256: 'abc' } }

describe('metrics.json', () => {
  test('needs metrics, rows and the sha256 of what was scored, and may have anything else', async () => {
    const more = { ...minimal, mine: [1], metrics: { eval_auc: 0.9, note: 'x', none: null } }
    const read = { metrics: { eval_auc: 0.9 }, rows: 10, labels: [], artifactSha256: 'abc' }
    expect(await reading(minimal)).toEqual(read)
    expect(await reading(more)).toEqual(read)
  })

  test('brings intervals, slices of the gate’s metric, latency and the champion, and no row', async () => {
    const range = { low: 0.8, high: 0.95, note: 'kept in the file alone' }
    const paired = { eval_auc: { difference: 0.1, low: 0, high: 0.2 } }
    const slice = {
      ...{ column: 'source', value: 'w'.repeat(300), rows: 4 },
      metrics: { eval_auc: 0.8, eval_f1: 0.7 },
      paired: { ...paired, eval_f1: { difference: 0, low: 0, high: 0 } },
    }
    const read = await reading(
      {
        ...minimal,
        intervals: { eval_auc: range },
        bootstrap: { level: 0.9 },
        slices: [slice],
        errors: [{ row: 1, text: 'secret' }],
        latency: { p95Ms: 3, instance: 'ml.m5.xlarge', rows: 100 },
        champion: { sha256: 'old', metrics: { eval_auc: 0.8 }, paired },
      },
      'eval_auc',
    )
    expect(read).toMatchObject({
      intervals: { eval_auc: { low: 0.8, high: 0.95 } },
      level: 0.9,
      latency: { p95Ms: 3, instance: 'ml.m5.xlarge' },
      champion: { sha256: 'old', paired },
    })
    expect(read.slices).toEqual([
      { column: 'source', value: 'w'.repeat(100), rows: 4, metrics: { eval_auc: 0.8 }, paired },
    ])
    expect(JSON.stringify(read)).not.toMatch(/secret|kept in the file/)
  })

  test.each<[string, unknown, RegExp]>([
    ['is not JSON', '{"metrics": {"eval_loss": NaN}}', /not JSON/],
    ['is a list', [], /expected object/],
    ['lacks rows', { ...minimal, rows: undefined }, /`rows`/],
    ['lacks the sha256', { ...minimal, artifact: {} }, /`artifact.sha256`/],
    [
      'has an interval upside down',
      { ...minimal, intervals: { eval_auc: { low: 1, high: 0 } } },
      /`intervals.eval_auc`: low is above high/,
    ],
    ['has a level in per cent', { ...minimal, bootstrap: { level: 95 } }, /`bootstrap.level`/],
    ['has a slice without rows', { ...minimal, slices: [{ column: 'a' }] }, /`slices.0.value`/],
    ['has no number for a latency', { ...minimal, latency: { p95Ms: '3' } }, /`latency.p95Ms`/],
    [
      'has a difference without its interval',
      { ...minimal, champion: { sha256: 'x', paired: { a: { difference: 1 } } } },
      /`champion.paired.a.low`/,
    ],
    [
      'has more slices than a history should hold',
      {
        ...minimal,
        slices: Array.from({ length: 201 }, (_, at) => ({
          ...{ column: 'a', value: String(at), rows: 1, metrics: {} },
        })),
      },
      /`slices`: more than 200/,
    ],
  ])('that %s is refused, and the place is named', async (_, report, what) => {
    const error = await reading(report).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'E_EVALUATION_UNREADABLE' })
    expect((error as Error).message).toMatch(what)
  })
})

const ref: ModelRef = {
  packageVersion: 4,
  modelPackageArn: 'arn:aws:sagemaker:us-east-1:111122223333:model-package/reviews/4',
  sha256: 'c'.repeat(64),
  artifactUri: `s3://${bucket}/models/reviews/c/model.tar.gz`,
  manifestUri: `s3://${bucket}/models/reviews/c/manifest.json`,
  run: 'reviews-1',
  metrics: { eval_accuracy: 0.8 },
  publishedAt: '2026-11-28T00:00:00.000Z',
}

test('the champion is what the pointer names, and null before anything was published', async () => {
  const here = { ...pipeline, storage: { bucket, prefix: 'champions' } }
  expect(await readChampion(local.deps, { pipeline: here })).toBeNull()
  const root = `s3://${bucket}/champions`
  await local.storage.write(ref.artifactUri, 'an archive')
  const moved = { storage: local.storage, root, model: 'reviews', to: ref, by: 'reviews-1' }
  expect(await moveChampion({ ...moved, before: null })).toBe(true)
  expect(await readChampion(local.deps, { pipeline: here })).toEqual({
    ...{ model: 'reviews', version: 4, sha256: ref.sha256, artifactUri: ref.artifactUri },
  })
})

test('a champion whose archive was deleted ends a run that must beat it before anything is paid for', async () => {
  const artifactUri = `s3://${bucket}/models/reviews/deleted/model.tar.gz`
  const here = {
    ...{ ...pipeline, storage: { bucket, prefix: 'deleted' } },
    gate: { beatsChampionBy: 0 },
  }
  const open = (more: { needsChampion?: boolean; pipeline?: ResolvedPipeline } = {}) =>
    openRun(local.deps, { runId: 'r', firstRunId: '0a1b2c3d', pipeline: here, ...more })
  expect(await open()).toMatchObject({ bucket })

  const root = `s3://${bucket}/deleted`
  const to = { ...ref, artifactUri }
  const moved = { storage: local.storage, root, model: 'reviews', to, by: 'reviews-1' }
  expect(await moveChampion({ ...moved, before: null })).toBe(true)
  const error: unknown = await open().catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'E_CHAMPION_GONE', where: artifactUri })
  const { message, hint } = error as HoldfastError
  expect(message).toContain('version 4, the champion of reviews')
  expect(hint).toContain('holdfast models rollback reviews')
  expect(hint).toContain(`${root}/models/reviews/champion.json`)

  // Not where it is not asked for, nor where a model is paid for: that waits until it needs it.
  expect(await open({ needsChampion: false })).toMatchObject({ bucket })
  expect(await open({ pipeline: { ...here, gate: { maxSizeMb: 1 } } })).toMatchObject({ bucket })
  await local.storage.write(artifactUri, 'put back')
  expect(await open()).toMatchObject({ bucket })
})

test('a champion and slices become an input and arguments of the job; without them nothing changes', async () => {
  const frozen = async (
    runId: string,
    slices?: string[],
    more: Partial<ResolvedPipeline['evaluate']> = {},
  ) => {
    const { requestUri, fingerprint } = await freezeEvaluation(local.deps, {
      site: local.site(runId),
      pipeline: {
        ...pipeline,
        train: { ...pipeline.train, imageUri: '111122223333.dkr.ecr.us-east-1.amazonaws.com/i:1' },
        evaluate: { ...pipeline.evaluate, ...(slices && { slices }), ...more },
      },
      dataset: {
        trainUri: 't',
        validationUri: null,
        testUri: 's3://b/t',
        evaluateCodeUri: 's3://b/e',
      },
      artifact: { uri: 's3://b/model.tar.gz', sha256: 'a', size: 1 },
      ...(slices && { champion: { model: 'm', version: 1, sha256: 's', artifactUri: 's3://b/c' } }),
      attempt: 1,
    })
    const request = JSON.parse((await local.storage.read(requestUri)).toString()) as {
      AppSpecification: { ContainerArguments: string[] }
      ProcessingInputs: { InputName: string; S3Input: { S3Uri: string; LocalPath: string } }[]
    }
    return { ...request, fingerprint }
  }
  const plain = await frozen('plain')
  expect(plain.AppSpecification.ContainerArguments).toHaveLength(6)
  expect(plain.ProcessingInputs.map(({ InputName }) => InputName)).toEqual([
    'code',
    'model',
    'test',
  ])
  // How the intervals are made is told to the script, and part of what the job is known again by.
  const seeded = await frozen('plain-too', undefined, { bootstrap: { seed: 7 } })
  expect(seeded.AppSpecification.ContainerArguments.slice(6)).toEqual(['--seed', '7'])
  const reseeded = await frozen('plain-too', undefined, { bootstrap: { seed: 8 } })
  expect(reseeded.fingerprint).not.toBe(seeded.fingerprint)

  const compared = await frozen('compared', ['source', 'language'])
  expect(compared.AppSpecification.ContainerArguments.slice(6)).toEqual([
    ...['--champion', '/opt/ml/processing/input/champion/model.tar.gz'],
    ...['--slice', 'source', '--slice', 'language'],
  ])
  expect(compared.ProcessingInputs[3]?.S3Input).toMatchObject({
    S3Uri: 's3://b/c',
    LocalPath: '/opt/ml/processing/input/champion',
  })
})
