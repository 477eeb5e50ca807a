/** Explanations by SageMaker Clarify on an endpoint: the SDK's classes and its defaults. */

import type {
  ClarifyInferenceConfig as InferenceRequest,
  ClarifyShapConfig as ShapRequest,
  ExplainerConfig as ExplainerRequest,
} from '@aws-sdk/client-sagemaker'
import { defined } from './defined'

export interface ClarifyShapConfig {
  shapBaselineConfig: {
    /** `text/csv`. */
    mimeType?: string
    shapBaseline?: string
    shapBaselineUri?: string
  }
  numberOfSamples?: number
  seed?: number
  /** False. */
  useLogit?: boolean
  textConfig?: { language: string; granularity: string }
}

export interface ClarifyInferenceConfig {
  featureHeaders?: string[]
  featureTypes?: string[]
  featuresAttribute?: string
  probabilityIndex?: number
  probabilityAttribute?: string
  labelIndex?: number
  labelAttribute?: string
  labelHeaders?: string[]
  /** MB; 6. */
  maxPayloadInMb?: number
  maxRecordCount?: number
  contentTemplate?: string
}

export interface ExplainerConfig {
  clarifyExplainerConfig?: {
    shapConfig: ClarifyShapConfig
    /** JMESPath over the records; those for which it is true are explained. */
    enableExplanations?: string
    inferenceConfig?: ClarifyInferenceConfig
  }
}

/** @example explainerRequest({ clarifyExplainerConfig: { shapConfig: { shapBaselineConfig: { shapBaseline: '1,2' } } } }) */
export function explainerRequest(config: ExplainerConfig): ExplainerRequest {
  const clarify = config.clarifyExplainerConfig
  if (!clarify) return {}
  return {
    ClarifyExplainerConfig: {
      ShapConfig: shapRequest(clarify.shapConfig),
      ...(clarify.enableExplanations !== undefined && {
        EnableExplanations: clarify.enableExplanations,
      }),
      ...(clarify.inferenceConfig && {
        InferenceConfig: inferenceRequest(clarify.inferenceConfig),
      }),
    },
  }
}

function shapRequest(shap: ClarifyShapConfig): ShapRequest {
  const baseline = shap.shapBaselineConfig
  return defined({
    ShapBaselineConfig: defined({
      MimeType: baseline.mimeType ?? 'text/csv',
      ShapBaseline: baseline.shapBaseline,
      ShapBaselineUri: baseline.shapBaselineUri,
    }),
    UseLogit: shap.useLogit ?? false,
    NumberOfSamples: shap.numberOfSamples,
    Seed: shap.seed,
    TextConfig: shap.textConfig && {
      Language: shap.textConfig.language,
      Granularity: shap.textConfig.granularity,
    },
  }) as ShapRequest
}

function inferenceRequest(inference: ClarifyInferenceConfig): InferenceRequest {
  const headers = inference.featureHeaders
  return defined({
    FeatureHeaders: headers && headers.length > 0 ? headers : undefined,
    FeatureTypes: inference.featureTypes,
    FeaturesAttribute: inference.featuresAttribute,
    ProbabilityIndex: inference.probabilityIndex,
    ProbabilityAttribute: inference.probabilityAttribute,
    LabelIndex: inference.labelIndex,
    LabelAttribute: inference.labelAttribute,
    LabelHeaders: inference.labelHeaders,
    MaxPayloadInMB: inference.maxPayloadInMb ?? 6,
    MaxRecordCount: inference.maxRecordCount,
    ContentTemplate: inference.contentTemplate,
  }) as InferenceRequest
}
