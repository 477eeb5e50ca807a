import { joinUri } from '../src/aws/s3-uri'
import type { ResolvedPipeline } from '../src/config/resolved-pipeline'
import { createEvaluationJobRequest } from '../src/estimator/processing-job-request'
import type { FrozenJob } from '../src/job'
import type { Champion } from '../src/gate'
import { evaluationSettings } from '../src/plan/evaluation-settings'
import { imagesFor } from '../src/plan/images-for'
import type { RunSite } from '../src/run-site'
import type { Dependencies } from './dependencies'
import { freezeJob, roleOf } from './freeze-job'
import type { SealedArtifact } from './seal-artifact'
import type { UploadedDataset } from './upload'

/** Seconds beyond the job's own limit. */
const margin = 4 * 3600

/** Builds the CreateProcessingJob that scores a candidate. */
export async function freezeEvaluation(
  deps: Dependencies,
  options: {
    site: RunSite
    pipeline: ResolvedPipeline
    dataset: UploadedDataset
    artifact: SealedArtifact
    champion?: Champion
    attempt: number
  },
): Promise<FrozenJob> {
  const { site, pipeline, dataset, artifact, champion, attempt } = options
  const outputUri = joinUri(site.run, 'evaluation')
  return freezeJob({
    deps,
    site,
    pipeline,
    job: {
      kind: 'processing',
      step: 'evaluate',
      attempt,
      lifetime: pipeline.evaluate.maxRun + margin,
      outputUri: () => outputUri,
      request: ({ jobName, tags }) =>
        createEvaluationJobRequest({
          jobName,
          imageUri: imagesFor({ pipeline, region: site.region }).training,
          role: roleOf({ deps, site, pipeline }),
          instanceType: pipeline.evaluate.instanceType,
          volumeSize: pipeline.train.volumeSize,
          maxRun: pipeline.evaluate.maxRun,
          codeUri: dataset.evaluateCodeUri,
          modelUri: artifact.uri,
          testUri: dataset.testUri,
          championUri: champion?.artifactUri,
          slices: pipeline.evaluate.slices,
          task: pipeline.evaluate.task,
          bootstrap: pipeline.evaluate.bootstrap,
          outputUri,
          tags: { ...pipeline.tags, ...tags },
          environment: {},
          ...evaluationSettings(pipeline.train.estimator),
        }),
    },
  })
}
