/** What must not go out, by any door: mutated models, and the token of the Hub. */
import { randomInt } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'

import { ListModelPackagesCommand } from '@aws-sdk/client-sagemaker'
import { pino } from 'pino'

import { toFailure } from '../../activities/failure'
import { publish, type PublishInput } from '../../activities/publish'
import { sealArtifact } from '../../activities/seal-artifact'
import { readChampion } from '../../src/models/champion'
import { newCanary } from '../chaos/canary'
import { findCanary } from '../chaos/auditor/find-canary'
import { tarGz } from '../src/a-tar'
import { startHubServer, type HubServer } from '../src/models/hub/hub-server'
import { mutatedModels } from '../src/models/mutated-models'
import { tinyModel } from '../src/models/tiny-model'
import { pipeline } from '../src/plan/pipeline'
import { startLocalAws, type LocalAws } from './local-aws'

jest.setTimeout(120_000)

const seed = Number(process.env['SEED'] ?? randomInt(1_000_000))
/** In the form of the Hub's tokens; it stands nowhere but in the worker's environment. */
const secret = `hf_${newCanary()}`

let local: LocalAws
let hub: HubServer
beforeAll(async () => {
  local = await startLocalAws()
  const folder = join(local.root, 'hub')
  mkdirSync(folder)
  hub = await startHubServer({ folder, secret })
  Object.assign(local.env, { HF_ENDPOINT: hub.endpoint, HF_TOKEN: secret })
})
afterAll(async () => {
  await hub.stop()
  await local.stop()
})
beforeEach(() => hub.faults.splice(0))

/** A run that trained this archive and passed its gate with it. */
async function trained(options: {
  model: string
  run: string
  archive: Buffer
}): Promise<PublishInput> {
  const { model, run, archive } = options
  const site = local.site(run)
  const artifactUri = `${site.run}/attempts/1/job/output/model.tar.gz`
  await local.storage.write(artifactUri, archive)
  const artifact = await local.inActivity(() => sealArtifact(local.deps, { artifactUri }))
  const hubAt = { repoId: `ada/${model}`, private: true, revision: 'main', token: 'env:HF_TOKEN' }
  return {
    ...{ site, artifact, model, attempts: [] },
    pipeline: { ...pipeline, publish: { model, hub: hubAt } },
    revision: { data: 'd', model: 'm', code: 'c', config: 'f' },
    evaluation: {
      ...{ metrics: { eval_accuracy: 0.8 }, rows: 1_000, labels: ['neg', 'pos'] },
      artifactSha256: artifact.sha256,
    },
    gate: { passed: true, reasons: ['eval_accuracy 0.8000 reaches 0.75 on 1000 held-out rows'] },
  }
}

/** Everything that publishing leaves, in all its places. */
async function published(model: string) {
  const { root } = local.site(model)
  const { ModelPackageSummaryList = [] } = await local.aws.sagemaker
    .send(new ListModelPackagesCommand({ ModelPackageGroupName: model }))
    .catch(() => ({ ModelPackageSummaryList: [] }))
  const commits = [...(hub.repositories.get(`ada/${model}`)?.commits.keys() ?? [])]
  const objects = await local.storage.list(`${root}/models/${model}`)
  const champion = await readChampion({ storage: local.storage, root, model })
  return {
    packages: ModelPackageSummaryList.map(({ ModelPackageVersion: version }) => version),
    commits,
    objects: objects.map(({ path, etag }) => `${path} ${etag}`),
    champion: champion?.state ?? null,
  }
}

describe(`a mutated model that passed its gate (SEED=${seed})`, () => {
  const { original, mutations, below } = mutatedModels(seed)
  // Of these two some unpack to the very same files, and are published rightly.
  const harmless = ['a bit of the archive is flipped', 'the archive is followed by other bytes']
  const kinds = Object.keys(mutations).filter((kind) => !harmless.includes(kind))
  const sample = Array.from({ length: 10 }, () => kinds.splice(below(kinds.length), 1)[0] ?? '')
  const mutantOf = (kind: string) => mutations[kind]?.() ?? Buffer.alloc(0)

  /** Publishes ten mutants, each of another kind; whatever is published is what was before. */
  async function refuseAll(model: string, turn: string): Promise<void> {
    const before = await published(model)
    const calls = hub.calls.length
    for (const [at, kind] of sample.entries()) {
      const mutant = mutantOf(kind)
      // An empty archive is told apart when it is sealed, before it is scored.
      const error: unknown = await trained({ model, run: `${turn}-${at}`, archive: mutant })
        .then((input) => local.inActivity(() => publish(local.deps, input)))
        .catch((thrown: unknown) => thrown)
      const { code } = error as { code?: string }
      expect({ kind, code }).toEqual({
        kind,
        code: expect.stringMatching(
          /^E_(ARCHIVE|ARTIFACT_INVALID|ARTIFACT_MISSING|PICKLE)$/,
        ) as string,
      })
      expect(toFailure(error)).toMatchObject({ nonRetryable: true })
    }
    expect(await published(model)).toEqual(before)
    expect(hub.calls).toHaveLength(calls)
  }

  test('leaves registry, Hub, record and champion empty where nothing was published', async () => {
    await refuseAll('virgin', 'first')
    expect(await published('virgin')).toEqual({
      ...{ packages: [], commits: [], objects: [], champion: null },
    })
  })

  test('and as they were where something was', async () => {
    const good = await trained({ model: 'held', run: 'good', archive: original })
    await local.inActivity(() => publish(local.deps, good))
    await refuseAll('held', 'then')
    const { packages, commits, champion } = await published('held')
    expect(packages).toEqual([1])
    expect(commits).toHaveLength(2)
    expect(champion?.champion).toMatchObject({ packageVersion: 1, sha256: good.artifact.sha256 })
  })

  test('is refused by its hash, whatever it holds, when it took the place of the one that was scored', async () => {
    const before = await published('held')
    for (const kind of [...harmless, sample[0] ?? '']) {
      const model = { model: 'held', run: `swapped-${kind.replaceAll(' ', '-')}` }
      const input = await trained({ ...model, archive: tarGz(tinyModel(kind)) })
      await local.storage.write(input.artifact.uri, mutantOf(kind))
      await expect(local.inActivity(() => publish(local.deps, input))).rejects.toMatchObject({
        code: 'E_ARTIFACT_INVALID',
      })
    }
    expect(await published('held')).toEqual(before)
  })
})

test('the token of the Hub is in no record, card, object, log, answer or beat, also when the Hub refuses', async () => {
  const input = await trained({ model: 'secret', run: 's', archive: tarGz(tinyModel('secret')) })
  const told: string[] = []
  const stream = new Writable({
    write(chunk, _, done) {
      told.push(String(chunk))
      done()
    },
  })
  const deps = { ...local.deps, log: pino({ level: 'trace' }, stream) }
  const beats: unknown[] = []
  const publishNow = () =>
    local.inActivity(() => publish(deps, input), { onHeartbeat: (beat) => beats.push(beat) })

  // A burst of refusals is outlived within one try. The 403 comes second: its pause is a second or
  // more, and so has a beat.
  hub.faults.push({ match: /POST .*\/commit\//, answer: 403, times: 1 })
  hub.faults.push({ match: /POST .*\/preupload\//, answer: 503, times: 1 })
  const made = await publishNow()
  expect(made).toMatchObject({ version: 1, champion: true, hub: { tag: 'v1' } })
  expect(beats).toContainEqual({ hub: 'ada/secret', answered: 403 })

  // One that does not end is no end of the run: Temporal tries again, from the look.
  local.env['HF_TOKEN'] = `hf_not-${secret.slice(3)}`
  const other = await trained({ model: 'denied', run: 'd', archive: tarGz(tinyModel('denied')) })
  const denied: unknown = await local
    .inActivity(() => publish(deps, other), { onHeartbeat: (beat) => beats.push(beat) })
    .catch((thrown: unknown) => thrown)
  expect(denied).toMatchObject({ code: 'E_HUB_WRITE_DENIED' })
  const failure = toFailure(denied)
  expect(failure).toMatchObject({ nonRetryable: false })
  expect((await published('denied')).champion).toBeNull()
  local.env['HF_TOKEN'] = secret
  expect(await local.inActivity(() => publish(deps, other))).toMatchObject({ champion: true })

  const canary = secret.slice(3)
  const said = JSON.stringify([made, beats, told, failure, denied, String(denied)])
  expect(said).not.toContain(canary)
  const { leaks } = findCanary({ folder: local.root, canary, mayHold: () => false })
  expect(leaks).toEqual([])
  // The search does find what is there.
  await local.storage.write(`${input.site.run}/found`, secret)
  const { leaks: planted } = findCanary({ folder: local.root, canary, mayHold: () => false })
  expect(planted).toHaveLength(1)
})
