import type { Client as TemporalClient } from '@temporalio/client'

import { parseOwnerTag } from '../aws/names'
import { formatDuration } from '../duration'
import type { Tags } from './job-tags'
import type { JudgedJob, PaidJob } from './judged-job'
import { ownerState } from './owner-state'

export interface Judge {
  temporal: TemporalClient
  /** UUID of the namespace whose jobs are ours. */
  namespaceId: string
  /** UUIDs of namespaces that a person has declared lost: their jobs have no owner any more. */
  lostNamespaces: readonly string[]
  /** Seconds. */
  grace: number
}

/** What is to be done about a job; null when it carries no owner tag of Holdfast's. */
export async function judgeJob(options: {
  judge: Judge
  job: PaidJob
  tags: Tags
}): Promise<JudgedJob | null> {
  const { judge, job, tags } = options
  const owner = parseOwnerTag({
    tag: tags.get('holdfast:owner') ?? '',
    run: tags.get('holdfast:run'),
  })
  if (owner === null) return null
  const expiresAt = tags.get('holdfast:expires-at') ?? null
  const remedy = 'stop the job'
  const known = { ...job, ...owner, expiresAt }
  const say = (verdict: JudgedJob['verdict'], why: string): JudgedJob => ({
    ...known,
    verdict,
    why,
    remedy,
  })

  const lost = judge.lostNamespaces.includes(owner.namespaceId)
  if (owner.namespaceId !== judge.namespaceId && !lost)
    return say('foreign', `of the namespace ${owner.namespaceId}`)
  if (job.status === 'Stopping') return say('stopping', `since ${job.changedAt}`)
  const age = (Date.now() - Date.parse(job.createdAt)) / 1000
  if (!(age >= judge.grace)) return say('kept', `younger than ${formatDuration(judge.grace)}`)
  if (lost) return say('orphan', 'its namespace is declared lost')
  const { workflowId } = owner
  if (workflowId === null) return say('kept', 'the id of its owner does not fit into a tag')

  const state = await ownerState({
    temporal: judge.temporal,
    owner: { ...owner, workflowId },
    createdAt: job.createdAt,
  })
  switch (state.state) {
    case 'open':
      return state.endedSweep === null
        ? say('kept', 'its owner is running')
        : {
            ...say('orphan', `its sweep ${state.endedSweep} was ended from outside`),
            remedy: 'cancel the trial',
          }
    case 'closed':
      return say('orphan', `its owner is ${state.how}`)
    case 'not found':
      return isPast(expiresAt)
        ? say('orphan', `Temporal does not know its owner, and it expired ${expiresAt}`)
        : say('kept', `Temporal does not know its owner; it expires ${expiresAt ?? 'never'}`)
    case 'unknown':
      return say('unknown', `Temporal does not say what became of its owner: ${state.why}`)
    default:
      return state satisfies never
  }
}

function isPast(time: string | null): boolean {
  return time !== null && Date.parse(time) < Date.now()
}
