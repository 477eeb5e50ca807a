import {
  CancellationScope,
  ChildWorkflowCancellationType,
  executeChild,
  isCancellation,
  log,
  ParentClosePolicy,
  workflowInfo,
} from '@temporalio/workflow'

import type { ResolvedPipeline } from '../src/config/resolved-pipeline'
import { judge } from '../src/gate'
import type { RunSite } from '../src/run-site'
import type { RunOutcome, RunState } from '../src/run-state'
import { evaluation } from './evaluation'
import { attemptsIn, runErrorOf } from './failures'
import { control, glance, heavy } from './options'
import { announcer } from './run-announcer'
import { training } from './training'

export interface PipelineInput {
  pipeline: ResolvedPipeline
}

export interface PipelineResult {
  outcome: RunOutcome
  state: RunState
}

/**
 * preprocess → upload → train → evaluate → gate → publish.
 *
 * Each stage is announced, done, and leaves a URI for the next. A gate that fails ends the run
 * "rejected": nothing is published. However the run ends, its manifest is the last thing written.
 */
export async function pipeline({ pipeline }: PipelineInput): Promise<PipelineResult> {
  const { workflowId: runId, firstExecutionRunId: firstRunId } = workflowInfo()
  const run = announcer({ pipeline })
  let site: RunSite | undefined

  const finish = async (outcome: RunOutcome): Promise<PipelineResult> => {
    run.ended(outcome)
    if (site) await sealQuietly({ site, pipeline, state: run.state, outcome })
    return { outcome, state: run.state }
  }

  try {
    run.begin('preprocess')
    site = await control.openRun({ runId, firstRunId, pipeline })
    run.opened(site)
    const prepared = await heavy.preprocess({ site, pipeline })
    run.done(prepared.note)

    run.begin('upload')
    const inputs = await heavy.upload({ site, pipeline, prepared })
    run.done(inputs.note)

    run.begin('train')
    const trainingId = `${runId}/training`
    run.trainingStarted(trainingId)
    const { attempts, artifactUri } = await executeChild(training, {
      workflowId: trainingId,
      args: [{ site, pipeline, inputs }],
      // Cancelled with us, and its end awaited: it stops its paid job first.
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      staticSummary: `training of ${pipeline.name}`,
    })
    run.trained(attempts)
    const artifact = await heavy.sealArtifact({ artifactUri })
    run.sealed(artifact)
    run.done(
      `${(artifact.size / 1e6).toFixed(1)} MB artifact, sha256 ${artifact.sha256.slice(0, 12)}`,
    )

    run.begin('evaluate')
    const score = await evaluation({
      site,
      pipeline,
      inputs,
      artifact,
      onJob: (job) => run.runsIn(job),
    })
    run.scored(score.metrics)
    run.done(`${score.rows} held-out rows`)

    run.begin('gate')
    const { metric, atLeast } = pipeline.evaluate
    const verdict = judge({
      evaluation: score,
      artifactSha256: artifact.sha256,
      metric,
      ...(atLeast === undefined ? {} : { atLeast }),
    })
    run.judged(verdict)
    if (!verdict.passed) return await finish('rejected')
    run.done('passed')

    if (pipeline.publish) {
      run.begin('publish')
      const published = await heavy.publish({
        site,
        pipeline,
        artifact,
        evaluation: score,
        model: pipeline.publish.model,
      })
      run.published(published)
      run.done(`${pipeline.publish.model} version ${published.version}`)
    }
    return await finish('completed')
  } catch (error) {
    const cancelled = isCancellation(error)
    if (run.state.training.attempts.length === 0) run.trained(attemptsIn(error))
    run.failed(cancelled ? null : runErrorOf(error))
    await finish(cancelled ? 'cancelled' : 'failed')
    throw error
  }
}

/** The manifest is written also for a cancelled run; one that cannot be written changes no outcome. */
async function sealQuietly(input: Parameters<typeof glance.sealRun>[0]): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    try {
      await glance.sealRun(input)
    } catch (error) {
      log.warn('the manifest of the run could not be written', { error })
    }
  })
}
