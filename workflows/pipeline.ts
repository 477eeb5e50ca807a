import {
  CancellationScope,
  ChildWorkflowCancellationType,
  executeChild,
  log,
  ParentClosePolicy,
  workflowInfo,
} from '@temporalio/workflow'

import type { SealedArtifact } from '../activities/seal-artifact'
import type { Uploaded, UploadedDataset } from '../activities/upload'
import { hasDataset } from '../src/config/has-dataset'
import type { ResolvedPipeline } from '../src/config/resolved-pipeline'
import { comparesChampion, judge } from '../src/gate'
import type { Revision } from '../src/nightly-state'
import { trainingIdOf, type RunSite } from '../src/run-site'
import type { Attempt, RunOutcome, RunState } from '../src/run-state'
import { approvals, type Approvals } from './approval'
import { evaluation } from './evaluation'
import { attemptsIn, endingOf, runErrorOf } from './failures'
import { control, feeding, glance, heavy } from './options'
import { announcer, type RunAnnouncer } from './run-announcer'
import { training } from './training'

export interface PipelineInput {
  pipeline: ResolvedPipeline
  /** What the run is made from, where its caller has looked already. */
  revision?: Revision
  /** What somebody else trained, such as a trial of a sweep: then nothing is trained here. */
  candidate?: Candidate
  /** What another run prepared and uploaded: this one trains from exactly that. */
  inputs?: Uploaded
}

/** A trained model that may be published, if it is good enough. */
export interface Candidate {
  inputs: Uploaded
  attempts: Attempt[]
  /** `s3://…/model.tar.gz` */
  artifactUri: string
  /** Who trained it, in words: `trial 17 of reviews-lr-7f3k2m`. */
  from?: string
}

export interface PipelineResult {
  outcome: RunOutcome
  state: RunState
}

/**
 * preprocess → upload → train → evaluate → gate → publish.
 *
 * Each stage is announced, done, and leaves a URI for the next. A gate that fails ends the run
 * "rejected": nothing is published. A pipeline without a dataset has nothing to prepare and nothing to
 * score a model on: it uploads, trains and is done. However the run ends, its manifest is the last
 * thing written.
 */
export async function pipeline(input: PipelineInput): Promise<PipelineResult> {
  const { pipeline } = input
  const { workflowId: runId, firstExecutionRunId: firstRunId } = workflowInfo()
  const run = announcer({ pipeline })
  const approval = approvals({ run })
  let site: RunSite | undefined
  const made: Made = {}

  const finish = async (outcome: RunOutcome): Promise<PipelineResult> => {
    run.ended(outcome)
    if (site) await sealQuietly({ site, pipeline, state: run.state, outcome, ...made })
    if (site && pipeline.feeds?.mlflow) await feedQuietly({ run, site, pipeline, outcome, made })
    return { outcome, state: run.state }
  }

  try {
    run.begin('preprocess')
    const paid = input.candidate && { afterPayment: true }
    site = await control.openRun({ runId, firstRunId, pipeline, ...paid })
    run.opened(site)
    // Before the data is read: what changes from now on is news to the next night.
    const revision = input.revision ?? (await heavy.resolveRevision({ pipeline }))
    made.revision = revision
    const onInputs = (inputs: Uploaded) => (made.inputs = inputs)
    const candidate =
      input.candidate ??
      (await makeCandidate({ run, site, pipeline, revision, onInputs, given: input.inputs }))
    onInputs(candidate.inputs)
    if (input.candidate) run.adopted(input.candidate)
    const artifact = await sealed({ run, candidate })
    const { dataset } = candidate.inputs
    if (dataset === null) return await finish('completed')
    const step = { run, site, pipeline, approval }
    const { inputs, attempts } = candidate
    return await finish(await release({ ...step, revision, inputs, dataset, artifact, attempts }))
  } catch (error) {
    const { cancelled, failure } = endingOf(error)
    if (run.state.training.attempts.length === 0) run.trained(attemptsIn(error))
    run.failed(cancelled ? null : runErrorOf(error))
    await finish(cancelled ? 'cancelled' : 'failed')
    throw failure
  }
}

/** What a run was made from, as far as it got. */
interface Made {
  revision?: Revision
  inputs?: Uploaded
}

interface Step {
  run: RunAnnouncer
  site: RunSite
  pipeline: ResolvedPipeline
}

/** preprocess → upload → train. */
async function makeCandidate({
  run,
  site,
  pipeline,
  revision,
  onInputs,
  given,
}: Step & {
  revision: Revision
  onInputs: (inputs: Uploaded) => void
  given: Uploaded | undefined
}): Promise<Candidate> {
  const inputs = given
    ? await verifyGiven({ run, inputs: given })
    : await prepareInputs({ run, site, pipeline, revision })
  onInputs(inputs)

  run.begin('train')
  const trainingId = trainingIdOf(workflowInfo().workflowId)
  run.trainingStarted(trainingId)
  const { attempts, artifactUri } = await executeChild(training, {
    workflowId: trainingId,
    args: [{ site, pipeline, inputs, ...(pipeline.feeds?.mlflow && { showsProgress: true }) }],
    // Cancelled with us, and its end awaited: it stops its paid job first.
    cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    staticSummary: `training of ${pipeline.name}`,
  })
  run.trained(attempts)
  return { inputs, attempts, artifactUri }
}

/** preprocess → upload. */
async function prepareInputs({
  run,
  site,
  pipeline,
  revision,
}: Step & { revision: Revision }): Promise<Uploaded> {
  const prepared = hasDataset(pipeline) ? await heavy.preprocess({ site, pipeline }) : null
  if (prepared) run.done(prepared.note)
  else run.skipped('the pipeline has no dataset')

  run.begin('upload')
  const inputs = await heavy.upload({ site, pipeline, prepared, revision })
  run.done(inputs.note)
  return inputs
}

/** The same for what another run left: it is read, and nothing is made. */
async function verifyGiven(options: { run: RunAnnouncer; inputs: Uploaded }): Promise<Uploaded> {
  const { run, inputs } = options
  const { note } = await heavy.verifyInputs({ inputs })
  run.done(note)
  run.begin('upload')
  run.done('made before')
  return inputs
}

/** What the training left, hashed at once. */
async function sealed(options: {
  run: RunAnnouncer
  candidate: Candidate
}): Promise<SealedArtifact> {
  const { run, candidate } = options
  const artifact = await heavy.sealArtifact({ artifactUri: candidate.artifactUri })
  run.sealed(artifact)
  run.done(
    `${(artifact.size / 1e6).toFixed(1)} MB artifact, sha256 ${artifact.sha256.slice(0, 12)}`,
  )
  return artifact
}

/** evaluate → gate → publish: nothing goes out that was not scored and verified byte for byte. */
async function release({
  run,
  site,
  pipeline,
  approval,
  revision,
  inputs,
  dataset,
  artifact,
  attempts,
}: Step & {
  approval: Approvals
  revision: Revision
  inputs: Uploaded
  dataset: UploadedDataset
  artifact: SealedArtifact
  attempts: Attempt[]
}): Promise<RunOutcome> {
  run.begin('evaluate')
  const { score, champion } = await evaluation({
    site,
    pipeline,
    dataset,
    artifact,
    champion: comparesChampion(pipeline) ? await control.readChampion({ pipeline }) : null,
    onJob: (job) => run.runsIn(job),
  })
  run.scored(score.metrics)
  run.done(`${score.rows} held-out rows`)

  run.begin('gate')
  const { evaluate, gate } = pipeline
  const verdict = judge({
    evaluation: score,
    artifactSha256: artifact.sha256,
    artifactSize: artifact.size,
    metric: evaluate.metric,
    ...(evaluate.atLeast === undefined ? {} : { atLeast: evaluate.atLeast }),
    ...(gate && { gate, champion }),
  })
  run.judged(verdict)
  if (!verdict.passed) return 'rejected'
  if (gate?.approval && !(await approval.approved(gate.approval))) return 'rejected'
  run.done('passed')

  if (pipeline.publish) {
    run.begin('publish')
    const { model } = pipeline.publish
    const published = await heavy.publish({
      site,
      pipeline,
      revision,
      inputs,
      artifact,
      evaluation: score,
      gate: run.state.gate,
      ...(comparesChampion(pipeline) && { comparedWith: champion }),
      attempts,
      model,
    })
    run.published(published)
    const rank = published.champion === false ? ', not the champion' : ''
    run.done(`${model} version ${published.version}${rank}`)
  }
  return 'completed'
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

/** A run that cannot be shown elsewhere is as good as it was; its status says so. */
async function feedQuietly(options: Step & { outcome: RunOutcome; made: Made }): Promise<void> {
  const { run, site, pipeline, outcome, made } = options
  const { dataset, codeUri = null, commit = null } = made.inputs ?? {}
  const datasetUri = dataset?.trainUri.replace(/\/train$/, '') ?? null
  await CancellationScope.nonCancellable(async () => {
    try {
      const fed = await feeding.feedRun({
        ...{ site, pipeline, state: run.state, outcome },
        made: { datasetUri, codeUri, commit },
      })
      if (fed) run.fed(fed)
    } catch (error) {
      run.fed({ feed: 'mlflow', error: runErrorOf(error) })
    }
  })
}
