/** Model, or trained estimator → model package: Search, CreateModelPackageGroup, CreateModelPackage. */

import type { CreateModelPackageInput, SearchRequest } from '@aws-sdk/client-sagemaker'
import type { AwsCall } from './aws-call'
import type { EstimatorSession } from './hugging-face-estimator'
import type { HuggingFaceModel } from './hugging-face-model'
import { modelContainer } from './model-container'
import { servingImageUri } from './model-image'
import { modelPackageInput } from './model-package-input'
import { imageName } from './names-from-base'
import type { RegisterOptions } from './register-options'
import { nameAfterTraining, trainedModel } from './trained-model'
import type { TrainedModelOptions } from './trained-model'

interface RegisterPart {
  register: RegisterOptions
  session: EstimatorSession
  /** `YYYY-MM-DD-HH-MM-SS-mmm` in UTC. */
  stamp: string
}

/** Stands for the ARN that CreateModelPackage answers with. */
export const createdPackageArn = '{CreateModelPackage.ModelPackageArn}'

/**
 * The group is searched first, and created where it is not found.
 *
 * @throws HoldfastError `E_NO_IMAGE`, `E_IMAGE_VERSIONS`, `E_REGISTER`
 * @example
 * registerCalls({
 *   model,
 *   register: { contentTypes: ['application/json'], responseTypes: ['application/json'], inferenceInstances: ['ml.m5.xlarge'], modelPackageGroupName: 'sentiment' },
 *   session,
 *   stamp: '2026-01-02-03-04-05-678',
 * }).map(({ op }) => op) // ['Search', 'CreateModelPackageGroup', 'CreateModelPackage']
 */
export function registerCalls(options: RegisterPart & { model: HuggingFaceModel }): AwsCall[] {
  const { register, session } = options
  const model = { ...options.model, imageUri: register.imageUri ?? options.model.imageUri }
  const instanceType = register.inferenceInstances?.[0]
  const image = servingImageUri({
    model,
    place: { region: session.region, instanceType, kind: 'instances' },
  })
  const unnamed = register.modelPackageName ?? register.modelPackageGroupName
  const group = unnamed === undefined ? imageName(image) : register.modelPackageGroupName
  const { container, uploads } = modelContainer({ ...options, model, image })
  const request = modelPackageInput({ model, register, container, group })
  return [...(group === undefined ? [] : uploads), ...groupCalls(group), ...packageCalls(request)]
}

/**
 * As `registerCalls`, with the model that the estimator's job has made and the draft of a model card,
 * which the SDK fills from the training job that it finds.
 *
 * @example
 * estimatorRegisterCalls({ estimator, jobName: 'reviews-1', register, session, stamp })
 */
export function estimatorRegisterCalls(
  options: RegisterPart & TrainedModelOptions & { modelName?: string | undefined },
): AwsCall[] {
  const { register } = options
  const model = {
    ...trainedModel(options),
    // The training image does not serve, even when it is one of the user's own.
    imageUri: register.imageUri,
    name: options.modelName ?? nameAfterTraining(options),
  }
  const modelCard = register.modelCard ?? {
    ModelCardContent: '{}',
    ModelCardStatus: 'Draft' as const,
  }
  const search = register.modelCard ? [] : [trainingJobOf(model)]
  return [...search, ...registerCalls({ ...options, model, register: { ...register, modelCard } })]
}

function trainingJobOf({ modelData }: HuggingFaceModel): AwsCall {
  const uri = typeof modelData === 'string' ? modelData : modelData?.S3DataSource?.S3Uri
  return searchCall({
    resource: 'TrainingJob',
    name: 'ModelArtifacts.S3ModelArtifacts',
    value: uri,
  })
}

/** A group that is named by its ARN exists. */
function groupCalls(group: string | undefined): AwsCall[] {
  if (group === undefined || group.startsWith('arn:')) return []
  const params = { ModelPackageGroupName: group }
  return [
    searchCall({ resource: 'ModelPackageGroup', name: 'ModelPackageGroupName', value: group }),
    { service: 'sagemaker', op: 'CreateModelPackageGroup', params },
  ]
}

function searchCall(options: {
  resource: 'TrainingJob' | 'ModelPackageGroup'
  name: string
  value: string | undefined
}): AwsCall {
  const params: SearchRequest = {
    Resource: options.resource,
    SearchExpression: {
      Filters: [{ Name: options.name, Operator: 'Equals', Value: options.value }],
    },
  }
  return { service: 'sagemaker', op: 'Search', params }
}

/** The API takes a source or a way of inference: the source of another kind is added afterwards. */
function packageCalls(request: CreateModelPackageInput): AwsCall[] {
  const { SourceUri, InferenceSpecification, ...rest } = request
  const create = (params: CreateModelPackageInput): AwsCall => ({
    service: 'sagemaker',
    op: 'CreateModelPackage',
    params,
  })
  if (SourceUri === undefined) return [create(request)]
  if (describesInference(SourceUri)) return [create({ ...rest, SourceUri })]
  const update = { ModelPackageArn: createdPackageArn, SourceUri }
  return [
    create({ ...rest, InferenceSpecification }),
    { service: 'sagemaker', op: 'UpdateModelPackage', params: update },
  ]
}

function describesInference(uri: string): boolean {
  return /^arn:aws[a-z-]*:sagemaker:[a-z0-9-]*:[0-9]{12}:model(-package)?\//.test(uri)
}
