import { joinUri } from '../src/aws/s3-uri'
import type { Placement, ResolvedPipeline } from '../src/config/resolved-pipeline'
import type { ChannelInput } from '../src/estimator/channels'
import { createTrainingJobRequest } from '../src/estimator/training-job-request'
import { HoldfastError } from '../src/errors'
import { pipelineIn } from '../src/regions/in-region'
import { strangersIn } from '../src/regions/strangers-in'
import type { FrozenJob } from '../src/job'
import { estimatorFor } from '../src/plan/pipeline-estimator'
import { checkpointsOf, type RunSite } from '../src/run-site'
import type { Dependencies } from './dependencies'
import { freezeJob, roleOf } from './freeze-job'
import type { Uploaded } from './upload'

/** Seconds: the longest a job may wait in Pending, and upload, beyond its own limits. */
const margin = 8 * 3600

/** Builds the CreateTrainingJob of one attempt. */
export async function freezeTraining(
  deps: Dependencies,
  options: {
    site: RunSite
    pipeline: ResolvedPipeline
    inputs: Uploaded
    placement: Placement
    attempt: number
    /** Seconds, where the training's deadline leaves less than the config says. */
    cutTo?: { maxRun: number; maxWait: number }
    /** Earlier attempts were paid for: a permission that is lost is waited for. */
    afterPayment?: boolean
  },
): Promise<FrozenJob> {
  const { site, inputs, placement, attempt, cutTo } = options
  const there =
    site.home === undefined
      ? options.pipeline
      : pipelineIn({ pipeline: options.pipeline, region: site.region })
  const train = { ...there.train, ...cutTo }
  const pipeline = { ...there, train }
  const outputPath = joinUri(site.run, 'attempts', String(attempt))
  const { account, region, bucket } = site
  return freezeJob({
    deps,
    site,
    pipeline,
    job: {
      kind: 'training',
      step: 'train',
      attempt,
      lifetime: (placement.useSpotInstances ? train.maxWait : train.maxRun) + margin,
      outputUri: (jobName) => joinUri(outputPath, jobName, 'output', 'model.tar.gz'),
      request: ({ jobName, tags }) => {
        const request = createTrainingJobRequest({
          estimator: estimatorFor({
            pipeline,
            placement,
            role: roleOf({ deps, site, pipeline }),
            runPrefix: site.run,
            checkpointS3Uri: checkpointsOf({ site, pipeline }),
            outputPath,
            tags,
          }),
          jobName,
          inputs: channelsOf({ pipeline, inputs }),
          session: { region, account, defaultBucket: bucket },
          codeUri: inputs.codeUri,
        })
        if (site.home !== undefined) refuseStrangers({ request, region, bucket })
        return request
      },
    },
  })
}

/** Nothing of another region may be in it: SageMaker would refuse the job, or read from afar. */
function refuseStrangers(options: { request: object; region: string; bucket: string }): void {
  const [first, ...others] = strangersIn(options)
  if (first === undefined) return
  throw new HoldfastError({
    code: 'E_REGION_FOREIGN',
    what: `the job in ${options.region} would need ${first}, which is of another region`,
    where: others.length > 0 ? others.join(', ') : `train.regions.${options.region}`,
    hint: `say what it is there in train.regions.${options.region}, or take the placement out`,
  })
}

/** Those of the dataset, the base model's, and the user's own. */
function channelsOf(options: {
  pipeline: ResolvedPipeline
  inputs: Uploaded
}): Record<string, ChannelInput> {
  const { dataset, modelUri } = options.inputs
  return {
    ...(dataset && { train: dataset.trainUri, test: dataset.testUri }),
    ...(dataset?.validationUri && { validation: dataset.validationUri }),
    ...(modelUri && { model: modelUri }),
    ...options.pipeline.train.inputs,
  }
}
