import { pathToFileURL } from 'node:url'

import { HoldfastError } from '../../errors'
import { hubCalls, HubRefusal, type HubCalls } from './hub-calls'
import { firstDifference, type HubFile } from './hub-files'
import { defaultPatience, withPatience, type Patience } from './with-patience'

/** In the repository: which version its files are, and which of its files are ours. */
export const hubRecordPath = 'holdfast.json'

/** How far back an earlier try's commit is looked for. */
const commitsLookedAt = 1_000

export interface HubPublication {
  /** `owner/name` */
  repoId: string
  branch: string
  private: boolean
  token: string
  /** Default: https://huggingface.co */
  endpoint?: string | undefined
  model: string
  version: number
  /** Of the artifact. */
  sha256: string
  run: string
  /** `holdfast.json` is one of them. */
  files: HubFile[]
}

export interface HubCommitted {
  repoId: string
  commit: string
  tag: string
}

/** What `holdfast.json` says. */
export interface HubRecord {
  version: 1
  model: string
  packageVersion: number
  sha256: string
  run: string
  files: string[]
}

/**
 * One commit for one version, tagged `v<version>`, however many replies are lost: before anything is
 * written the Hub is asked what it has, and a commit is made only upon the head that was looked at.
 *
 * @returns null when the branch holds a later version already: it is not turned back
 * @throws HoldfastError `E_HUB_CONFLICT`, `E_HUB_PUBLIC`, `E_HUB_WRITE_DENIED`, `E_HUB_UNREACHABLE`
 */
export async function publishToHub(
  options: HubPublication & {
    patience?: Patience
    signal?: AbortSignal | undefined
    onRefusal?: (refusal: HubRefusal) => void
  },
): Promise<HubCommitted | null> {
  const { patience = defaultPatience, signal, onRefusal, ...publication } = options
  const { repoId, branch, endpoint, token } = publication
  // The library takes no other, and says so as if the network had failed.
  if (!token.startsWith('hf_'))
    throw explained({ refusal: new HubRefusal(401, 'not a token of the Hub'), publication })
  const calls = hubCalls({ repoId, branch, endpoint, token, signal })
  try {
    return await withPatience({
      work: () => converge({ calls, publication }),
      patience,
      signal,
      ...(onRefusal ? { onRefusal } : {}),
    })
  } catch (error) {
    throw error instanceof HubRefusal ? explained({ refusal: error, publication }) : error
  }
}

interface Step {
  calls: HubCalls
  publication: HubPublication
}

/** One pass: look, then do the first thing that is missing, and so on to the end. */
async function converge({ calls, publication }: Step): Promise<HubCommitted | null> {
  const { repoId, branch, version } = publication
  await ensureRepository({ calls, publication })
  const tag = `v${version}`
  const refs = await calls.refs()
  const tagged = refs.tags[tag]
  if (tagged !== undefined) {
    await verify({ calls, publication, commit: tagged })
    return { repoId, commit: tagged, tag }
  }
  const head = refs.branches[branch]
  if (head === undefined) {
    await calls.createBranch()
    return converge({ calls, publication })
  }
  const history = await calls.commits(head, commitsLookedAt)
  const earlier = history.find(({ message }) => isOurs(message, publication))
  if (!earlier && history.some(({ message }) => isLater(message, publication))) return null
  const commit = earlier?.oid ?? (await makeCommit({ calls, publication, head }))
  await verify({ calls, publication, commit })
  await calls.tag(tag, commit)
  return { repoId, commit, tag }
}

async function ensureRepository({ calls, publication }: Step): Promise<void> {
  const found = await calls.info()
  if (found === null) {
    await calls.create(publication.private)
    return
  }
  if (!publication.private || found.private) return
  throw new HoldfastError({
    code: 'E_HUB_PUBLIC',
    what: 'the repository can be read by everybody, and publish.hub.private is true',
    where: publication.repoId,
    hint: 'make it private in its settings, or say `private: false` in publish.hub',
  })
}

async function makeCommit({ calls, publication, head }: Step & { head: string }): Promise<string> {
  const { files, model, version } = publication
  const wanted = new Set(files.map(({ path }) => path))
  const there = new Set((await calls.tree(head)).map(({ path }) => path))
  const before = there.has(hubRecordPath) ? await calls.read(hubRecordPath, head) : null
  // What a version before this one brought, and nobody else's: a licence that a person added stays.
  const stale = filesOf(before).filter((path) => there.has(path) && !wanted.has(path))
  return calls.commit({
    title: `${model} version ${version}`,
    description: trailers(publication),
    parentCommit: head,
    operations: [
      ...files.map(({ path, from }) => ({ path, url: pathToFileURL(from) })),
      ...stale.map((path) => ({ path, deleted: true as const })),
    ],
  })
}

/** By their hashes: the Hub must hold what was published, and nothing less. */
async function verify({ calls, publication, commit }: Step & { commit: string }): Promise<void> {
  const tree = await calls.tree(commit)
  const differs = firstDifference({ wanted: publication.files, tree })
  if (differs === null) return
  throw new HoldfastError({
    code: 'E_HUB_CONFLICT',
    what: `the Hub has another ${differs} as version ${publication.version} of this model`,
    where: `${publication.repoId}@${commit}`,
    hint: 'somebody else writes versions into this repository: publish each model into one of its own, or remove that tag and commit',
  })
}

/** How a commit is known again, by people and by a later try. */
function trailers({ model, version, sha256, run }: HubPublication): string {
  return [
    `Holdfast-Model: ${model}`,
    `Holdfast-Version: ${version}`,
    `Holdfast-Sha256: ${sha256}`,
    `Holdfast-Run: ${run}`,
  ].join('\n')
}

function trailerOf(message: string, name: string): string | undefined {
  return new RegExp(`^Holdfast-${name}: (\\S+)$`, 'm').exec(message)?.[1]
}

function isOurs(message: string, { model, version, sha256 }: HubPublication): boolean {
  return (
    trailerOf(message, 'Model') === model &&
    trailerOf(message, 'Version') === String(version) &&
    trailerOf(message, 'Sha256') === sha256
  )
}

function isLater(message: string, { model, version }: HubPublication): boolean {
  return (
    trailerOf(message, 'Model') === model && Number(trailerOf(message, 'Version') ?? 0) > version
  )
}

function filesOf(record: Buffer | null): string[] {
  try {
    const { files } = JSON.parse(record?.toString('utf8') ?? '{}') as Partial<HubRecord>
    return Array.isArray(files) ? files.filter((path) => typeof path === 'string') : []
  } catch {
    return []
  }
}

function explained(options: { refusal: HubRefusal; publication: HubPublication }): HoldfastError {
  const { refusal, publication } = options
  const { status } = refusal
  const { repoId, endpoint = 'https://huggingface.co' } = publication
  const where = `${endpoint} for ${repoId}`
  const cause = refusal
  if (status === 401 || status === 403) {
    return new HoldfastError({
      code: 'E_HUB_WRITE_DENIED',
      what: `the Hugging Face Hub does not let us write this model (HTTP ${status})`,
      where,
      hint: 'give the worker a token that may write to this repository; the publishing goes on by itself',
      cause,
    })
  }
  if (status >= 400 && status < 500 && status !== 408 && status !== 429) {
    return new HoldfastError({
      code: 'E_HUB_CONFLICT',
      what: `the Hugging Face Hub refused the publishing (HTTP ${status}): ${refusal.message}`,
      where,
      hint: 'check publish.hub: the repository, its revision and its owner',
      cause,
    })
  }
  return new HoldfastError({
    code: 'E_HUB_UNREACHABLE',
    what: `the Hugging Face Hub did not answer${status > 0 ? ` well (HTTP ${status})` : ''}`,
    where,
    hint: 'the publishing goes on by itself when it answers again',
    cause,
  })
}
