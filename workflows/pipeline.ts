import {
  ChildWorkflowCancellationType,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  workflowInfo,
} from '@temporalio/workflow'

import type { ResolvedPipeline } from '../src/config/resolved-pipeline'
import { judge } from '../src/gate'
import type { RunOutcome, RunState } from '../src/run-state'
import { evaluation } from './evaluation'
import { attemptsIn, runErrorOf } from './failures'
import { control, heavy } from './options'
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
  const site = await control.openRun({ runId, firstRunId, pipeline })
  run.opened(site)

  const finish = async (outcome: RunOutcome): Promise<PipelineResult> => {
    run.ended(outcome)
    await control.sealRun({ site, pipeline, state: run.state, outcome })
    return { outcome, state: run.state }
  }

  try {
    run.begin('preprocess')
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
    const score = await evaluation({ site, pipeline, inputs, artifact, onJob: run.runsIn })
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
    await run.afterAll(() => finish(cancelled ? 'cancelled' : 'failed'))
    throw error
  }
}
