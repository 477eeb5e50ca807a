/** Every call of a run that makes or writes something, in order. */

import { joinUri } from '../aws/s3-uri'
import { hasDataset } from '../config/has-dataset'
import type { Placement, ResolvedPipeline } from '../config/resolved-pipeline'
import type { AwsCall } from '../estimator/aws-call'
import { attemptCalls } from './attempt-calls'
import type { PipelineImages } from './images-for'
import { evaluationCalls, publishCalls } from './job-calls'
import type { PlanSite } from './plan-site'
import { put, uploadCalls } from './upload-calls'

/**
 * The calls of a run in which nothing is there yet, the first attempt succeeds and the gate is passed.
 * Calls that only look (Describe, List, Get, and Head of an object) are left out.
 */
export function runCalls(
  planned: PlanSite & {
    pipeline: ResolvedPipeline
    placement: Placement
    images: PipelineImages
  },
): AwsCall[] {
  const { site, pipeline } = planned
  const model = pipeline.publish?.model
  return [
    ...uploadCalls(planned),
    ...attemptCalls(planned),
    ...(hasDataset(pipeline) ? evaluationCalls(planned) : []),
    ...(hasDataset(pipeline) && model !== undefined ? publishCalls({ ...planned, model }) : []),
    put({ site, uri: joinUri(site.run, 'manifest.json') }),
  ]
}

/** The same of a sweep, up to its first trial's job; the other trials have the same uploads. */
export function firstTrialCalls(
  planned: PlanSite & {
    pipeline: ResolvedPipeline
    placement: Placement
    /** Name of the sweep. */
    sweep: string
    /** Name of the trial. */
    trial: string
  },
): AwsCall[] {
  const { site, sweep, trial } = planned
  const run = joinUri(site.root, 'sweeps', `${sweep}-<run>`)
  return [
    ...uploadCalls({ ...planned, site: { ...site, run } }),
    ...attemptCalls({ ...planned, site: { ...site, run: joinUri(run, 'trials', trial) } }),
    put({ site, uri: joinUri(run, 'trials', trial, 'trial.json') }),
  ]
}
