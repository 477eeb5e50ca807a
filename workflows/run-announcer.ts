import { setCurrentDetails, upsertMemo, upsertSearchAttributes } from '@temporalio/workflow'

import type { ApprovalPolicy, ResolvedPipeline } from '../src/config/resolved-pipeline'
import type { RunSite } from '../src/run-site'
import {
  newRunState,
  type Approval,
  type Attempt,
  type FedRun,
  type GateVerdict,
  type Published,
  type RunError,
  type RunOutcome,
  type RunState,
  type Stage,
  type StageName,
} from '../src/run-state'
import { searchAttributes } from '../src/search-attributes'
import { trainingReport } from '../src/training-report'

/**
 * Keeps a run's state where everybody can read it: the memo (for `status`, with no worker running),
 * search attributes (for `ls`) and current details (for Temporal's own UI).
 */
export function announcer({ pipeline }: { pipeline: ResolvedPipeline }) {
  const state = newRunState(pipeline.name)

  const stage = (name: StageName = state.stage): Stage => {
    const found = state.stages.find((candidate) => candidate.name === name)
    if (!found) throw new Error(`no stage ${name}`)
    return found
  }
  const now = () => new Date().toISOString()
  const tell = () => {
    upsertMemo({ holdfast: state })
    setCurrentDetails(asMarkdown(state))
  }
  const close = (how: Stage['state'], note?: string) => {
    if (stage().state !== 'running') return
    Object.assign(stage(), { state: how, endedAt: now(), ...(note ? { note } : {}) })
  }

  return {
    state,
    opened(site: RunSite) {
      state.prefix = site.run
      tell()
    },
    begin(name: StageName) {
      state.stage = name
      Object.assign(stage(), { state: 'running', startedAt: now() })
      upsertSearchAttributes([{ key: searchAttributes.stage, value: name }])
      tell()
    },
    done(note: string) {
      close('done', note)
      tell()
    },
    /** A stage that this pipeline does without. */
    skipped(note: string) {
      close('skipped', note)
      tell()
    },
    /** A candidate that somebody else trained: its first stages were theirs. */
    adopted({ attempts, from = 'made elsewhere' }: { attempts: Attempt[]; from?: string }) {
      this.done(from)
      this.begin('upload')
      this.done(from)
      this.begin('train')
      this.trained(attempts)
    },
    trainingStarted(workflowId: string) {
      state.training.workflowId = workflowId
      tell()
    },
    trained(attempts: Attempt[]) {
      state.training.attempts = attempts
      const { costUsd } = trainingReport(attempts)
      upsertSearchAttributes([
        { key: searchAttributes.attempts, value: attempts.length },
        ...(costUsd === null ? [] : [{ key: searchAttributes.costUsd, value: costUsd }]),
      ])
      tell()
    },
    runsIn(jobName: string) {
      stage().job = jobName
      tell()
    },
    sealed(artifact: NonNullable<RunState['artifact']>) {
      state.artifact = artifact
    },
    scored(metrics: Record<string, number>) {
      state.metrics = metrics
      const score = metrics[pipeline.evaluate.metric]
      if (score !== undefined)
        upsertSearchAttributes([{ key: searchAttributes.score, value: score }])
    },
    judged(verdict: GateVerdict) {
      state.gate = verdict
      if (!verdict.passed) close('failed', verdict.reasons.at(-1))
    },
    /** What passed is asked of a person. */
    asks({ timeout, onTimeout }: ApprovalPolicy) {
      if (!state.gate) return
      const since = new Date()
      state.gate.approval = {
        state: 'awaiting',
        since: since.toISOString(),
        until: new Date(since.getTime() + timeout * 1000).toISOString(),
        onTimeout,
      }
      upsertSearchAttributes([{ key: searchAttributes.stage, value: 'awaiting approval' }])
      tell()
    },
    decided(decision: Pick<Approval, 'state' | 'by' | 'why'>) {
      if (!state.gate?.approval) return
      Object.assign(state.gate.approval, decision, { decidedAt: now() })
      const { state: word, by = 'time-out', why } = state.gate.approval
      if (word === 'cancelled') return
      state.gate.reasons.push(`${word} by ${by}${why === undefined ? '' : `: ${why}`}`)
      if (word === 'rejected') this.judged({ ...state.gate, passed: false })
      tell()
    },
    published(published: Published) {
      state.published = published
    },
    fed(fed: FedRun) {
      state.fed = fed
      tell()
    },
    failed(error: RunError | null) {
      state.error = error
      close(error ? 'failed' : 'cancelled')
    },
    ended(outcome: RunOutcome) {
      for (const left of state.stages) if (left.state === 'pending') left.state = 'skipped'
      upsertSearchAttributes([{ key: searchAttributes.stage, value: outcome }])
      tell()
    },
  }
}

export type RunAnnouncer = ReturnType<typeof announcer>

const marks: Record<Stage['state'], string> = {
  pending: '·',
  running: '▶',
  done: '✓',
  failed: '✗',
  skipped: '–',
  cancelled: '✗',
}

function asMarkdown(state: RunState): string {
  const stages = state.stages.map(
    ({ name, state, note }) => `- ${marks[state]} **${name}** ${note ?? ''}`,
  )
  const metrics = Object.entries(state.metrics).map(
    ([name, value]) => `\`${name}\` ${value.toFixed(4)}`,
  )
  return [
    ...stages,
    metrics.length > 0 ? `\n${metrics.join(' · ')}` : '',
    state.gate?.approval?.state === 'awaiting'
      ? `\n**awaiting approval** until ${state.gate.approval.until}`
      : '',
    state.error ? `\n**${state.error.code}** ${state.error.message}` : '',
  ].join('\n')
}
