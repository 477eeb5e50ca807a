/** Jobs and copies in another region: two S3 servers over one folder, and two of sagemaker-local. */

import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { DescribeTrainingJobCommand } from '@aws-sdk/client-sagemaker'

import { controlActivities, heavyActivities } from '../../activities'
import { bringToRegion } from '../../activities/bring-to-region'
import { findEndedTrials } from '../../activities/find-ended-trials'
import { findOrphans } from '../../activities/find-orphans'
import { freezeTraining } from '../../activities/freeze-training'
import { inRegion } from '../../activities/in-region'
import { returnFromRegion } from '../../activities/return-from-region'
import type { Uploaded } from '../../activities/upload'
import { copyObject } from '../../src/aws/copy-object'
import { defaultBucketName } from '../../src/estimator/hugging-face-estimator'
import { buildManifest, type ManifestEntry } from '../../src/manifest'
import { packageRoot } from '../../src/package-root'
import type { RunSite } from '../../src/run-site'
import {
  startS3,
  startSagemakerProcess,
  type Server,
} from '../src/local/sagemaker/sagemaker-process'
import { pipeline as scripted } from '../workflows/scripted-world'
import { account, bucket, startLocalAws, type LocalAws } from './local-aws'

jest.setTimeout(120_000)

const region = 'eu-west-1'
const there = defaultBucketName({ region, account })
const placement = { instanceType: 'ml.g5.xlarge', useSpotInstances: true, region }
const versions = { transformersVersion: '4.56', pytorchVersion: '2.8', pyVersion: 'py312' }
const pipeline = {
  ...scripted,
  train: { ...scripted.train, ...versions, placements: [placement] },
}

let local: LocalAws
let s3: Server
let sagemaker: Server

beforeAll(async () => {
  local = await startLocalAws()
  const folder = join(local.root, region)
  await mkdir(folder)
  s3 = await startS3({ folder: join(local.root, 's3'), region })
  const env = { ...local.env, AWS_REGION: region, AWS_ENDPOINT_URL_S3: s3.endpoint }
  sagemaker = await startSagemakerProcess({ dataDir: folder, runner: 'scripted', env })
  await writeFile(join(folder, 'scenario.yaml'), 'scriptedSeconds: 600\ntimeScale: 100\n')
  Object.assign(local.env, {
    HOLDFAST_REGIONS: region,
    HOLDFAST_ENDPOINT_URL_S3_EU_WEST_1: s3.endpoint,
    HOLDFAST_ENDPOINT_URL_SAGEMAKER_EU_WEST_1: sagemaker.endpoint,
    HOLDFAST_ENDPOINT_URL_CLOUDWATCH_LOGS_EU_WEST_1: sagemaker.endpoint,
  })
})
afterAll(async () => {
  await sagemaker?.stop('SIGKILL')
  await s3?.stop()
  await local?.stop()
})

const hash = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex')

/** A run's inputs as `upload` leaves them, and two checkpoints of which one was never sealed. */
async function uploaded(site: RunSite, files = 3): Promise<Uploaded> {
  const { storage } = local
  const home = `${site.root}/datasets/${site.runId}`
  const entries: ManifestEntry[] = []
  for (const path of [
    'test/a.arrow',
    ...Array.from({ length: files }, (_, n) => `train/${n}.arrow`),
  ]) {
    const bytes = randomBytes(2_000)
    await storage.write(`${home}/${path}`, bytes)
    entries.push({ path, size: bytes.length, sha256: hash(bytes) })
  }
  const manifest = buildManifest({ kind: 'dataset', createdAt: new Date(), files: entries })
  await storage.write(`${home}/manifest.json`, JSON.stringify(manifest))
  const codeUri = `${site.run}/source/${hash('code')}/sourcedir.tar.gz`
  await storage.write(codeUri, 'code')
  const checkpoints = `${site.run}/checkpoints`
  await storage.write(`${checkpoints}/holdfast-journal.ndjson`, '{"event":"saved","step":4}\n')
  for (const file of ['model.safetensors', 'holdfast-manifest.json'])
    await storage.write(`${checkpoints}/checkpoint-4/${file}`, `${file} of 4`)
  await storage.write(`${checkpoints}/checkpoint-8/model.safetensors`, 'torn')
  return {
    dataset: {
      trainUri: `${home}/train`,
      testUri: `${home}/test`,
      validationUri: null,
      evaluateCodeUri: `${site.run}/source/evaluate/x`,
    },
    codeUri,
    modelUri: null,
    note: '',
  }
}

/** The first attempt's job, as an activity of that region freezes it. */
const frozenThere = ({ site, inputs }: { site: RunSite; inputs: Uploaded }) =>
  local.inActivity(() =>
    freezeTraining(inRegion(local.deps, region), { site, pipeline, inputs, placement, attempt: 1 }),
  )
const bring = (site: RunSite, inputs: Uploaded) =>
  local.inActivity(() => bringToRegion(local.deps, { site, pipeline, inputs, region }))

/** What lies in the other region's bucket below a prefix, by the key there. */
async function overThere(prefix: string): Promise<Map<string, string>> {
  const storage = local.storage
  const found = await storage.list(prefix.replace(`s3://${bucket}/`, `s3://${there}/`))
  const read = found.map(async ({ path, uri }): Promise<[string, string]> => [
    path,
    hash(await storage.read(uri)),
  ])
  return new Map(await Promise.all(read))
}

async function here(prefix: string): Promise<Map<string, string>> {
  const found = await local.storage.list(prefix)
  const read = found.map(async ({ path, uri }): Promise<[string, string]> => [
    path,
    hash(await local.storage.read(uri)),
  ])
  return new Map(await Promise.all(read))
}

describe('what a job reads', () => {
  test('is in its region under the same keys, but for checkpoints that were never sealed; a second time nothing is copied', async () => {
    const site = local.site('brought')
    const inputs = await uploaded(site)
    const brought = await bring(site, inputs)
    expect(brought.note).toMatch(/^copied 8 objects/)
    expect(brought.site).toMatchObject({ region, bucket: there, home: 'us-east-1' })
    expect(brought.inputs.dataset?.trainUri).toBe(`s3://${there}/holdfast/datasets/brought/train`)

    expect(await overThere(`${site.root}/datasets/brought`)).toEqual(
      await here(`${site.root}/datasets/brought`),
    )
    const run = await here(site.run)
    run.delete('checkpoints/checkpoint-8/model.safetensors')
    expect(await overThere(site.run)).toEqual(run)
    expect((await bring(site, inputs)).note).toMatch(/^copied 0 objects/)
  })

  test('is copied anew where the copy is torn or other bytes of the same length', async () => {
    const site = local.site('damaged')
    const inputs = await uploaded(site)
    await bring(site, inputs)
    const copies = `s3://${there}/holdfast/datasets/damaged`
    await local.storage.write(`${copies}/train/0.arrow`, randomBytes(2_000))
    await local.storage.write(`${copies}/train/1.arrow`, randomBytes(500))
    expect((await bring(site, inputs)).note).toMatch(/^copied 2 objects/)
    expect(await overThere(`${site.root}/datasets/damaged`)).toEqual(
      await here(`${site.root}/datasets/damaged`),
    )
  })

  test('is refused, and has no manifest there, when it is not what its own manifest says', async () => {
    const site = local.site('changed')
    const inputs = await uploaded(site)
    await local.storage.write(`${site.root}/datasets/changed/train/1.arrow`, randomBytes(2_000))
    await expect(bring(site, inputs)).rejects.toMatchObject({ code: 'E_ARTIFACT_INVALID' })
    const manifest = `s3://${there}/holdfast/datasets/changed/manifest.json`
    expect(await local.storage.size(manifest)).toBeNull()
  })

  test('has no manifest there while it is not whole, and is made whole after a kill -9 in the middle', async () => {
    const site = local.site('killed')
    const files = 60
    const inputs = await uploaded(site, files)
    const from = `${site.root}/datasets/killed`
    const to = `s3://${there}/holdfast/datasets/killed`
    await copyUntilKilled({ from, to, after: 5 })
    expect(await local.storage.size(`${to}/manifest.json`)).toBeNull()

    const { note } = await bring(site, inputs)
    const copied = Number(/^copied (\d+) /.exec(note)?.[1])
    // The data set, code and three objects of the checkpoints, without what was there.
    expect(copied).toBeLessThanOrEqual(files + 1 + 4 - 5)
    expect(await overThere(from)).toEqual(await here(from))
  })
})

/** Copies in a process of its own, which dies of a SIGKILL after so many objects. */
async function copyUntilKilled(options: { from: string; to: string; after: number }) {
  const { from, to, after } = options
  const script = `
    const { createAwsClients } = require('./dist/src/aws/clients.js')
    const { envOfRegion } = require('./dist/src/regions/env-of-region.js')
    const { mirrorManifest } = require('./dist/src/regions/mirror.js')
    const env = process.env
    const { s3: from } = createAwsClients({ env: { ...env } })
    const { s3: to } = createAwsClients({ env: envOfRegion({ env, region: '${region}' }) })
    let copied = 0
    const onCopied = () => ++copied === ${after} && process.kill(process.pid, 'SIGKILL')
    const mirror = { from, to, owner: '${account}', onCopied }
    mirrorManifest({ mirror, from: '${from}', to: '${to}' })`
  const child = spawn(process.execPath, ['-e', script], {
    cwd: packageRoot(),
    env: { PATH: process.env['PATH'], ...local.env },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null]
  expect(signal).toBe('SIGKILL')
}

test('an object too large for one copy goes over in parts, and its bytes are compared', async () => {
  const bytes = randomBytes(11 * 1024 * 1024)
  const [from, to] = [`s3://${bucket}/large`, `s3://${there}/large`]
  await local.storage.write(from, bytes)
  const copy = {
    ...{ s3: inRegion(local.deps, region).s3, owner: account, from, to },
    ...{ size: bytes.length, partSize: 5 * 1024 * 1024 },
  }
  await expect(copyObject({ ...copy, sha256: hash('other') })).rejects.toMatchObject({
    code: 'E_ARTIFACT_INVALID',
  })
  expect(await copyObject({ ...copy, sha256: hash(bytes) })).toBe('copied')
  expect(hash(await local.storage.read(to))).toBe(hash(bytes))
  await expect(copyObject({ ...copy, size: 5 })).rejects.toMatchObject({ code: 'E_COPY_TORN' })
})

test('what an attempt left there lies with its run, and its newer journal replaces the older one', async () => {
  const site = local.site('returned')
  const { site: away } = await bring(site, await uploaded(site))
  const { storage } = local
  const job = `${away.run}/attempts/2/job-a2`
  await storage.write(`${away.run}/attempts/2/request.json`, '{}')
  await storage.write(`${job}/output/model.tar.gz`, 'model')
  await storage.write(`${job}/profiler-output/much`, 'much')
  await storage.write(`${away.run}/checkpoints/holdfast-journal.ndjson`, 'newer')
  for (const file of ['model.safetensors', 'holdfast-manifest.json'])
    await storage.write(`${away.run}/checkpoints/checkpoint-12/${file}`, `${file} of 12`)

  const artifactUri = `${job}/output/model.tar.gz`
  const give = () =>
    local.inActivity(() =>
      returnFromRegion(local.deps, { site, away, pipeline, attempt: 2, artifactUri }),
    )
  const returned = await give()
  const home = `${site.run}/attempts/2/job-a2/output/model.tar.gz`
  expect(returned).toEqual({
    artifactUri: home,
    note: expect.stringMatching(/^copied 5 objects/) as string,
  })
  const run = await here(site.run)
  expect(run.get('attempts/2/job-a2/output/model.tar.gz')).toBe(hash('model'))
  expect(run.get('checkpoints/holdfast-journal.ndjson')).toBe(hash('newer'))
  expect(run.get('checkpoints/checkpoint-12/holdfast-manifest.json')).toBe(
    hash('holdfast-manifest.json of 12'),
  )
  expect([...run.keys()].filter((key) => key.includes('profiler'))).toEqual([])
  expect((await give()).note).toMatch(/^copied 0 objects/)
})

describe('a job there', () => {
  test('is created, watched and stopped there, and nowhere else', async () => {
    const own = local.site('elsewhere')
    const brought = await bring(own, await uploaded(own))
    const { site, inputs } = brought
    const { createJob, pollJob, stopJob } = controlActivities(local.deps)
    const job = await frozenThere({ site, inputs })
    expect(job.outputUri).toMatch(`s3://${there}/holdfast/runs/elsewhere-`)
    const { arn } = await local.inActivity(() => createJob({ job, site }))
    expect(arn).toContain(`:${region}:`)
    expect(await local.inActivity(() => createJob({ job, site }))).toMatchObject({
      arn,
      adopted: true,
    })

    const command = new DescribeTrainingJobCommand({ TrainingJobName: job.jobName })
    await expect(local.aws.sagemaker.send(command)).rejects.toThrow(/not found/i)
    const request = await inRegion(local.deps, region).sagemaker.send(command)
    const texts = JSON.stringify({ ...request, Tags: undefined })
    expect(texts).not.toContain(`s3://${bucket}/`)
    expect(texts).not.toMatch(/ecr\.us-east-1|us-east-1/)

    const look = { kind: job.kind, jobName: job.jobName, known: { interruptions: 0 } }
    await expect(local.inActivity(() => pollJob({ ...look, site }))).rejects.toMatchObject({
      type: 'NotYet',
    })
    expect(await local.inActivity(() => stopJob({ job, site }))).toBe('stopping')
  })

  test('of a trial that was ended from outside is stopped there, and the trial has not ended before it', async () => {
    const sweep = local.site('sweep')
    const run = { ...sweep, run: `${sweep.run}/trials/1`, runId: 'sweep/trial-1' }
    const { site, inputs } = await bring(run, await uploaded(run))
    const { createJob } = controlActivities(local.deps)
    const job = await frozenThere({ site, inputs })
    await local.inActivity(() => createJob({ job, site }))

    const trial = {
      ...{ workflowId: run.runId, runId: run.firstRunId, status: { name: 'TERMINATED' } },
      memo: { training: { attempts: [{ jobName: job.jobName, placement }] } },
    }
    const temporal = {
      workflow: { getHandle: () => ({ describe: () => Promise.resolve(trial) }) },
    } as never
    const look = { site: sweep, sweepId: 'sweep', numbers: [1] }
    const found = await local.inActivity(() => findEndedTrials({ ...local.deps, temporal }, look))
    expect(found).toEqual({ ended: [], stopping: [1] })
    const seen = await inRegion(local.deps, region).sagemaker.send(
      new DescribeTrainingJobCommand({ TrainingJobName: job.jobName }),
    )
    expect(seen.TrainingJobStatus).toMatch(/^Stopp/)
  })

  test('with a key, network or bucket of another region is refused before it is created', async () => {
    const own = local.site('foreign')
    const { site, inputs } = await bring(own, await uploaded(own))
    const estimator = { outputKmsKey: 'arn:aws:kms:us-east-1:111122223333:key/1' }
    const keyed = { ...pipeline, train: { ...pipeline.train, estimator } }
    const freeze = () =>
      freezeTraining(inRegion(local.deps, region), {
        site,
        pipeline: keyed,
        inputs,
        placement,
        attempt: 1,
      })
    await expect(local.inActivity(freeze)).rejects.toMatchObject({ code: 'E_REGION_FOREIGN' })
  })
})

describe('a worker', () => {
  test('that neither watches nor reaps a region copies nothing there', async () => {
    const env = { ...local.env }
    delete env['HOLDFAST_REGIONS']
    const site = local.site('unwatched')
    const inputs = await uploaded(site)
    const { bringToRegion: work } = heavyActivities({ ...local.deps, env })
    await expect(
      local.inActivity(() => work({ site, pipeline, inputs, region })),
    ).rejects.toMatchObject({ code: 'E_REGION_NOT_WATCHED' })
  })

  test('that has an address of its own for S3, and none there, asks nobody', async () => {
    const env = { ...local.env }
    delete env['HOLDFAST_ENDPOINT_URL_S3_EU_WEST_1']
    expect(() => inRegion({ ...local.deps, env }, region)).toThrow(
      expect.objectContaining({ code: 'E_REGION_ENDPOINT' }) as Error,
    )
  })
})

test('a region that does not answer keeps the reaper from none of the others, and is named', async () => {
  const env = { ...local.env, HOLDFAST_REGIONS: `${region},eu-central-1` }
  const temporal = {
    options: { namespace: 'default' },
    withDeadline: (_: number, ask: () => unknown) => ask(),
    workflowService: {
      describeNamespace: () => Promise.resolve({ namespaceInfo: { id: local.deps.namespaceId } }),
    },
  } as never
  const deps = { ...local.deps, env, temporal }
  const { unseen, others } = await local.inActivity(() => findOrphans(deps, { grace: 900 }))
  expect(unseen).toEqual(['eu-central-1'])
  expect(others).toBe(0)
})
