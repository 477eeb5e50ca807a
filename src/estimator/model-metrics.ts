/** Reports on a model that the registry keeps, and the baselines for the drift of its successors. */

import type {
  DriftCheckBaselines as BaselinesRequest,
  FileSource as FileRequest,
  MetricsSource as MetricsRequest,
  ModelMetrics as MetricsGroups,
} from '@aws-sdk/client-sagemaker'
import { defined, filled } from './defined'

/** A file of metrics on S3. */
export interface MetricsSource {
  contentType: string
  s3Uri: string
  contentDigest?: string
}

export interface FileSource {
  s3Uri: string
  contentDigest?: string
  contentType?: string
}

export interface ModelMetrics {
  modelStatistics?: MetricsSource
  modelConstraints?: MetricsSource
  modelDataStatistics?: MetricsSource
  modelDataConstraints?: MetricsSource
  bias?: MetricsSource
  biasPreTraining?: MetricsSource
  biasPostTraining?: MetricsSource
  explainability?: MetricsSource
}

export interface DriftCheckBaselines {
  modelStatistics?: MetricsSource
  modelConstraints?: MetricsSource
  modelDataStatistics?: MetricsSource
  modelDataConstraints?: MetricsSource
  biasConfigFile?: FileSource
  biasPreTrainingConstraints?: MetricsSource
  biasPostTrainingConstraints?: MetricsSource
  explainabilityConstraints?: MetricsSource
  explainabilityConfigFile?: FileSource
}

/** Groups without a report are left out, but for bias and explainability, which the SDK sends empty. */
export function modelMetricsRequest(metrics: ModelMetrics): MetricsGroups {
  return defined({
    ...qualityGroups(metrics),
    Bias: defined({
      Report: source(metrics.bias),
      PreTrainingReport: source(metrics.biasPreTraining),
      PostTrainingReport: source(metrics.biasPostTraining),
    }),
    Explainability: defined({ Report: source(metrics.explainability) }),
  })
}

/** Undefined without any baseline. */
export function driftBaselinesRequest(
  baselines: DriftCheckBaselines,
): BaselinesRequest | undefined {
  return filled(
    defined({
      ...qualityGroups(baselines),
      Bias: filled(
        defined({
          ConfigFile: source(baselines.biasConfigFile),
          PreTrainingConstraints: source(baselines.biasPreTrainingConstraints),
          PostTrainingConstraints: source(baselines.biasPostTrainingConstraints),
        }),
      ),
      Explainability: filled(
        defined({
          Constraints: source(baselines.explainabilityConstraints),
          ConfigFile: source(baselines.explainabilityConfigFile),
        }),
      ),
    }),
  )
}

function qualityGroups(from: ModelMetrics | DriftCheckBaselines) {
  return {
    ModelQuality: filled(
      defined({
        Statistics: source(from.modelStatistics),
        Constraints: source(from.modelConstraints),
      }),
    ),
    ModelDataQuality: filled(
      defined({
        Statistics: source(from.modelDataStatistics),
        Constraints: source(from.modelDataConstraints),
      }),
    ),
  }
}

function source<T extends MetricsSource | FileSource>(given: T | undefined) {
  return (
    given &&
    (defined({
      ContentType: given.contentType,
      S3Uri: given.s3Uri,
      ContentDigest: given.contentDigest,
    }) as MetricsRequest & FileRequest)
  )
}
