import { createHash } from 'node:crypto'

/** Who pays for a job: one step of one execution of one workflow in one Temporal namespace. */
export interface Owner {
  /** The namespace's UUID: its name may exist on two clusters that share an account. */
  namespaceId: string
  workflowId: string
  /** Survives continue-as-new and reset; a deliberate re-run gets a new one. */
  firstRunId: string
}

/** SageMaker allows 63 characters of `[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}` (API reference, CreateTrainingJob). */
const maxNameLength = 63

/**
 * The same step and attempt always give the same name, so that a retried create finds its own job.
 * Never from time, and never from an activity's retry count.
 *
 * @example
 * jobName({ slug: 'reviews', owner, step: 'train', attempt: 1 }) // 'reviews-3f9a0c21de-train-a1'
 */
export function jobName(options: {
  slug: string
  owner: Owner
  step: string
  attempt: number
}): string {
  const { slug, owner, step, attempt } = options
  const hash = createHash('sha256')
    .update(JSON.stringify([owner.namespaceId, owner.workflowId, owner.firstRunId, step]))
    .digest('hex')
    .slice(0, 10)
  const suffix = `-${hash}-${letterOf(step)}${attempt}`
  const head = slug
    .replace(/[^a-zA-Z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, maxNameLength - suffix.length)
    .replace(/-+$/, '')
  return `${head || 'job'}${suffix}`
}

/** Of an attempt to train or to transform, else of an evaluation. */
function letterOf(step: string): string {
  return step === 'train' ? 'a' : step === 'transform' ? 't' : 'e'
}

/**
 * Whether `jobName` may have made this name: the ends of our names are all alike. It saves a look at
 * the tags of jobs that cannot be ours, and proves nothing.
 *
 * @example
 * looksLikeJobName('reviews-3f9a0c21de-a1') // true
 */
export function looksLikeJobName(name: string): boolean {
  return /-[0-9a-f]{10}-[aet][1-9]\d*$/.test(name)
}

const maxTagLength = 256

/** Tag values: at most 256 characters of letters, digits, spaces and `_.:/=+-@` (API reference, Tag). */
export function ownerTag(owner: Owner): string {
  const { namespaceId, workflowId, firstRunId } = owner
  const tag = [namespaceId, workflowId, firstRunId].map(encode).join('/')
  // A long id is cut to its hash, never at the end, where the first run id tells two runs apart.
  return tag.length <= maxTagLength
    ? tag
    : [encode(namespaceId), `=sha256=${sha256(workflowId)}`, encode(firstRunId)].join('/')
}

/**
 * Who an owner tag speaks of; null for what is no owner tag of ours. A workflow id that was too long
 * for the tag is in it as a hash: then it is `run`, the tag beside it, if that has this hash.
 *
 * @example
 * parseOwnerTag({ tag: ownerTag(owner) }) // owner
 */
export function parseOwnerTag(options: {
  tag: string
  /** Tag `holdfast:run`. */
  run?: string | undefined
}): (Omit<Owner, 'workflowId'> & { workflowId: string | null }) | null {
  const parts = options.tag.split('/')
  const [namespaceId, workflowId, firstRunId] = parts.map(decode)
  if (parts.length !== 3 || !namespaceId || !firstRunId) return null
  const hash = /^=sha256=([0-9a-f]{64})$/.exec(parts[1] ?? '')?.[1]
  if (hash === undefined) return workflowId ? { namespaceId, workflowId, firstRunId } : null
  const { run = '' } = options
  return { namespaceId, workflowId: sha256(run) === hash ? run : null, firstRunId }
}

function decode(text: string): string {
  const bytes = text.replace(/=([0-9a-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  )
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

/** The namespace's UUID in an owner tag, ours or a stranger's. */
export function namespaceOfOwner(tag: string): string {
  return tag.split('/')[0] ?? ''
}

function encode(text: string): string {
  return Array.from(Buffer.from(text, 'utf8'), (byte) =>
    /[A-Za-z0-9_.-]/.test(String.fromCharCode(byte))
      ? String.fromCharCode(byte)
      : `=${byte.toString(16).padStart(2, '0')}`,
  ).join('')
}

export function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** JSON with sorted keys: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

/** A UUID (version 4's form) made from text: the same text, the same client token. */
export function tokenFor(text: string): string {
  const hex = sha256(text)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
