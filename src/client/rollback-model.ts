import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { UpdateModelPackageCommand } from '@aws-sdk/client-sagemaker'

import { joinUri } from '../aws/s3-uri'
import { wrongBytes, type Storage } from '../aws/storage'
import { HoldfastError } from '../errors'
import { parseManifest } from '../manifest'
import { moveChampion, readChampion, type ChampionState, type ModelRef } from '../models/champion'
import { championOf, type FoundChampion } from './champion-of'
import { findModel } from './find-model'
import { listModels, type ModelSession, type ModelSummary } from './list-models'

export interface Rollback {
  model: string
  /** Version that was the champion; the same as `to` when nothing had to be moved. */
  from: number
  to: number
  /** False: it was the champion already. */
  moved: boolean
  by: string
  why: string | null
  sha256: string
  artifactUri: string
}

export interface RollbackOptions {
  /** Default: the newest of its former champions that is older than the present one. */
  to?: number
  why?: string
}

/** Longest `ApprovalDescription` (API reference, UpdateModelPackage). */
const longestDescription = 1024

/**
 * Makes an earlier version the champion again. Its bytes are read and compared with its manifest
 * before the pointer moves, and the pointer moves only if nobody moved it meanwhile. Asked again for
 * the same version it changes nothing but what was left undone.
 *
 * @throws HoldfastError `E_CHAMPION_MOVED` when a publish, or another rollback, was first
 */
export async function rollbackModel(
  options: { session: ModelSession; model: string } & RollbackOptions,
): Promise<Rollback> {
  const { session, model, why } = options
  const storage = await session.storage()
  const versions = await listModels({ session, model })
  // Refuses a model that was never published.
  if (versions.length === 0) await findModel({ model, session })
  const found = await championOf({ session, model, versions })
  if (found === null) throw noChampion(model)
  const { state, root } = found
  const target = targetOf({ ...options, found, versions })
  await verify({ storage, target })

  const by = await callerOf(session)
  const from = state.champion.packageVersion
  const moved = from !== target.packageVersion
  if (moved) {
    const reason = why === undefined ? {} : { why }
    const won = await moveChampion({
      ...{ storage, root, model, by, ...reason },
      to: target,
      before: found,
    })
    if (!won) throw await movedMeanwhile({ storage, root, model })
  }
  const now = (await readChampion({ storage, root, model }))?.state ?? state
  await settleApproval({ session, state: now, target, words: wordsOf({ by, why }) })
  const { packageVersion: to, sha256, artifactUri } = target
  return { model, from, to, moved, by, why: why ?? null, sha256, artifactUri }
}

function targetOf(options: {
  model: string
  to?: number
  found: FoundChampion
  versions: readonly ModelSummary[]
}): ModelRef {
  const { model, to, found, versions } = options
  const { champion, previous } = found.state
  if (to === undefined) {
    const earlier = previous.find((each) => each.packageVersion < champion.packageVersion)
    if (earlier) return earlier
    throw new HoldfastError({
      code: 'E_NO_EARLIER_CHAMPION',
      what: `version ${champion.packageVersion} is the first champion of ${model}: there is none to go back to`,
      hint: 'name another with --to; see `holdfast models --all`',
    })
  }
  const former = [champion, ...previous].find((each) => each.packageVersion === to)
  if (former) return former
  const version = versions.find((each) => each.version === to)
  if (!version) {
    throw new HoldfastError({
      code: 'E_MODEL_NOT_FOUND',
      what: `${model} has no version ${to}`,
      hint: 'see `holdfast models --all`',
    })
  }
  // It never was the champion: only one that the gate, or a person, let through may become it so.
  if (version.status !== 'Approved') {
    throw new HoldfastError({
      code: 'E_NOT_APPROVED',
      what: `version ${to} of ${model} is ${version.status || 'not approved'} and never was the champion`,
      hint: 'approve it first, or choose one of `holdfast models show ' + model + '`',
    })
  }
  return refOf({ version, root: found.root })
}

function refOf({ version, root }: { version: ModelSummary; root: string }): ModelRef {
  const { model, sha256, modelPackageArn, artifactUri, run, metrics, createdAt } = version
  return {
    packageVersion: version.version,
    modelPackageArn,
    sha256,
    artifactUri,
    manifestUri: joinUri(root, 'models', model, sha256, 'manifest.json'),
    run,
    metrics,
    publishedAt: createdAt,
  }
}

/** Every byte is read: a pointer must not move to a model that is gone or damaged. */
async function verify(options: { storage: Storage; target: ModelRef }): Promise<void> {
  const { storage, target } = options
  const { manifestUri, artifactUri, sha256 } = target
  const bytes = await storage.readIfThere(manifestUri)
  const manifest = bytes && parseManifest(bytes, manifestUri)
  if (!manifest || (await storage.size(artifactUri)) === null) {
    throw new HoldfastError({
      code: 'E_ARTIFACT_MISSING',
      what: `version ${target.packageVersion} cannot be served any more: its ${manifest ? 'artifact' : 'manifest'} is gone`,
      where: manifest ? artifactUri : manifestUri,
      hint: 'choose another version with --to; the champion was not moved',
    })
  }
  const recorded = manifest.files.find(({ path }) => artifactUri.endsWith(`/${path}`))?.sha256
  if (recorded !== sha256)
    throw wrongBytes({ uri: manifestUri, expected: sha256, actual: recorded ?? 'none' })
  const { sha256: actual } = await storage.hash(artifactUri)
  if (actual !== sha256) throw wrongBytes({ uri: artifactUri, expected: sha256, actual })
}

/**
 * The registry says the same as the pointer: the champion is approved, and a champion that was newer
 * is rejected, so that nothing that follows approvals deploys it. An older one stays as it is.
 */
async function settleApproval(options: {
  session: ModelSession
  state: ChampionState
  target: ModelRef
  words: string
}): Promise<void> {
  const { session, state, target, words } = options
  const former = state.previous[0]
  const set = (ref: ModelRef, status: 'Approved' | 'Rejected', description: string) =>
    session.aws.sagemaker.send(
      new UpdateModelPackageCommand({
        ModelPackageArn: ref.modelPackageArn,
        ModelApprovalStatus: status,
        ApprovalDescription: description.slice(0, longestDescription),
      }),
    )
  await set(target, 'Approved', `champion again${words}`)
  if (former && former.packageVersion > target.packageVersion)
    await set(former, 'Rejected', `rolled back to version ${target.packageVersion}${words}`)
}

function wordsOf({ by, why }: { by: string; why: string | undefined }): string {
  return ` by ${by}${why === undefined ? '' : `: ${why}`}`
}

/** ARN of whose credentials these are. */
async function callerOf({ aws }: ModelSession): Promise<string> {
  const { Arn, Account } = await aws.sts.send(new GetCallerIdentityCommand({}))
  return Arn ?? Account ?? 'unknown'
}

async function movedMeanwhile(options: {
  storage: Storage
  root: string
  model: string
}): Promise<HoldfastError> {
  const now = await readChampion(options)
  const by = now
    ? `: it is version ${now.state.champion.packageVersion}, by ${now.state.movedBy}`
    : ''
  return new HoldfastError({
    code: 'E_CHAMPION_MOVED',
    what: `the champion of ${options.model} was moved by somebody else meanwhile${by}; nothing was changed`,
    hint: `look with \`holdfast models show ${options.model}\`, and roll back again if it is still wanted`,
  })
}

function noChampion(model: string): HoldfastError {
  return new HoldfastError({
    code: 'E_NO_CHAMPION',
    what: `${model} has no champion yet: it was published by a version that kept none`,
    hint: 'the next model that is published becomes the champion',
  })
}
