import type { ResolvedPipeline } from '../config/resolved-pipeline'
import { feedRunName } from './run-name'

/**
 * Variables of a training job by which W&B and Trackio take all attempts of a run for one: each
 * attempt, and each restart after an interruption, goes on in the run of the first.
 *
 * @example
 * feedEnvironment({ pipeline, runPrefix }) // { WANDB_RUN_ID: 'reviews-7f3k2m-0a1b2c3d', … }
 */
export function feedEnvironment(options: {
  pipeline: Pick<ResolvedPipeline, 'name' | 'feeds'>
  runPrefix: string
}): Record<string, string> {
  const { pipeline, runPrefix } = options
  const { wandb, trackio } = pipeline.feeds ?? {}
  const run = feedRunName(runPrefix)
  return {
    ...(wandb && {
      WANDB_RUN_ID: run,
      WANDB_RESUME: 'allow',
      WANDB_NAME: run,
      WANDB_PROJECT: wandb.project ?? pipeline.name,
      ...(wandb.entity !== undefined && { WANDB_ENTITY: wandb.entity }),
      // Resolved by the worker when it sends the request.
      ...(wandb.apiKey !== undefined && { WANDB_API_KEY: wandb.apiKey }),
    }),
    ...(trackio && {
      TRACKIO_PROJECT: trackio.project ?? pipeline.name,
      TRACKIO_RUN_NAME: run,
      ...(trackio.spaceId !== undefined && { TRACKIO_SPACE_ID: trackio.spaceId }),
    }),
  }
}
