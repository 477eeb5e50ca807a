/** The request of a new model package, as the SDK's `register()` makes it. */

import type {
  ContainerDefinition,
  CreateModelPackageInput,
  InferenceSpecification,
  ModelPackageContainerDefinition,
} from '@aws-sdk/client-sagemaker'
import { HoldfastError } from '../errors'
import { defined, filled } from './defined'
import type { HuggingFaceModel } from './hugging-face-model'
import { driftBaselinesRequest, modelMetricsRequest } from './model-metrics'
import type { RegisterOptions } from './register-options'

interface PackageOptions {
  model: HuggingFaceModel
  register: RegisterOptions
  container: ContainerDefinition
  /** Undefined for a package without versions. */
  group: string | undefined
}

export function modelPackageInput(options: PackageOptions): CreateModelPackageInput {
  const { register, group } = options
  checkRegister(options)
  return defined({
    ModelPackageName: register.modelPackageName,
    ModelPackageGroupName: group,
    ModelPackageDescription: register.description,
    ModelMetrics: register.modelMetrics && modelMetricsRequest(register.modelMetrics),
    DriftCheckBaselines:
      register.driftCheckBaselines && driftBaselinesRequest(register.driftCheckBaselines),
    ...labelsOf(register),
    Domain: register.domain,
    SamplePayloadUrl: register.samplePayloadUrl,
    Task: register.task,
    SourceUri: register.sourceUri,
    InferenceSpecification: inferenceOf(options),
    CertifyForMarketplace: register.marketplaceCert ?? false,
    ModelApprovalStatus: register.approvalStatus ?? 'PendingManualApproval',
    SkipModelValidation: register.skipModelValidation ?? 'None',
    ModelCard: register.modelCard,
    ModelPackageRegistrationType: register.modelPackageRegistrationType,
  })
}

function labelsOf(register: RegisterOptions): Partial<CreateModelPackageInput> {
  const { metadataProperties: metadata = {}, modelLifeCycle: cycle } = register
  return defined({
    CustomerMetadataProperties: register.customerMetadataProperties,
    MetadataProperties: filled(
      defined({
        CommitId: metadata.commitId,
        Repository: metadata.repository,
        GeneratedBy: metadata.generatedBy,
        ProjectId: metadata.projectId,
      }),
    ),
    ModelLifeCycle:
      cycle &&
      (defined({
        Stage: cycle.stage,
        StageStatus: cycle.stageStatus,
        StageDescription: cycle.stageDescription,
      }) as CreateModelPackageInput['ModelLifeCycle']),
  })
}

function inferenceOf(options: PackageOptions): InferenceSpecification {
  const { register } = options
  return defined({
    Containers: [containerOf(options)],
    SupportedContentTypes: register.contentTypes,
    SupportedResponseMIMETypes: register.responseTypes,
    SupportedRealtimeInferenceInstanceTypes: register.inferenceInstances,
    SupportedTransformInstanceTypes: register.transformInstances,
  }) as InferenceSpecification
}

/** A package without versions carries the image and the data only. */
function containerOf(options: PackageOptions): ModelPackageContainerDefinition {
  const { model, register, container, group } = options
  const base = register.baseModel && {
    BaseModel: defined({
      HubContentName: register.baseModel.hubContentName,
      HubContentVersion: register.baseModel.hubContentVersion,
      RecipeName: register.baseModel.recipeName,
    }),
  }
  if (group === undefined) {
    const data = typeof model.modelData === 'string' ? model.modelData : undefined
    return defined({ Image: container.Image, ModelDataUrl: data, ...base })
  }
  const framework = model.tensorflowVersion === undefined ? 'pytorch' : 'tensorflow'
  const input = register.dataInputConfiguration
  return defined({
    ...(container as ModelPackageContainerDefinition),
    Framework: (register.framework ?? framework).toUpperCase(),
    FrameworkVersion: register.frameworkVersion ?? model.tensorflowVersion ?? model.pytorchVersion,
    NearestModelName: register.nearestModelName,
    ModelInput: input === undefined ? undefined : { DataInputConfig: input },
    ...base,
  })
}

function checkRegister({ model, register, group }: PackageOptions): void {
  const refuse = (what: string, where: string, hint: string): never => {
    throw new HoldfastError({ code: 'E_REGISTER', what, where, hint })
  }
  if (register.modelPackageName === undefined) return
  if (group !== undefined) {
    const what = 'modelPackageName and modelPackageGroupName are both given'
    refuse(what, 'modelPackageName', 'keep modelPackageGroupName: its packages have versions')
  }
  if (register.sourceUri !== undefined || typeof model.modelData === 'object') {
    const what = 'a package without versions has no sourceUri, and its model is one archive'
    refuse(what, 'modelPackageName', 'use modelPackageGroupName')
  }
  if (!register.inferenceInstances?.length || !register.transformInstances?.length) {
    const what = 'a package without versions needs inferenceInstances and transformInstances'
    refuse(what, 'inferenceInstances', 'give both, or use modelPackageGroupName')
  }
}
