/** CreateEndpoint, DescribeEndpoint, ListEndpoints, UpdateEndpoint (and of weights), DeleteEndpoint. */

import {
  alreadyExisting,
  endpointInProgress,
  notImplemented,
  servedThingNotFound,
  validation,
} from '../aws-error'
import { defined, isObject, list, number, object, requiredText, text, type Json } from '../json'
import { alarmsUrl } from '../serving/alarms'
import { containerOf } from '../serving/container'
import { newInstance } from '../serving/serving-context'
import type { Endpoint, EndpointStatus, Variant } from '../serving/serving-state'
import { trafficFault } from '../serving/traffic'
import { arnOf, epochSeconds, type Context, type Operation } from './context'
import { configs } from './endpoint-configs'
import { tagsFault } from './job-request'
import { listMade } from './list-made'
import { findMade } from './made'
import { models } from './models'

export const createEndpoint: Operation = async (context, input) => {
  const fault = tagsFault(input)
  if (fault) throw validation(fault)
  const name = requiredText(input, 'EndpointName')
  const arn = arnOf(context, `endpoint/${name}`)
  const at = epochSeconds(context)
  const endpoint: Endpoint = {
    name,
    arn,
    request: input,
    status: 'Creating',
    creationTime: at,
    lastModifiedTime: at,
    next: deploymentOf(context, input),
    ...deploymentConfigOf(input),
  }
  refuseDeploymentConfig({ input, variants: endpoint.next?.variants ?? [] })
  await context.serving.store.update((state) => {
    if (Object.hasOwn(state.endpoints, name)) throw alreadyExisting('endpoint', arn)
    state.endpoints[name] = endpoint
  })
  context.serving.driveEndpoint(name)
  return { output: { EndpointArn: arn } }
}

/** That one which is OutOfService takes an update is ours: the API reference forbids it of Failed alone. */
const updatable: EndpointStatus[] = ['InService', 'OutOfService', 'UpdateRollbackFailed']

export const updateEndpoint: Operation = async (context, input) => {
  const { name, arn, live } = find(context, input)
  const next = deploymentOf(context, input)
  if (input.RetainAllVariantProperties === true) retain({ variants: next.variants, live, input })
  refuseDeploymentConfig({ input, variants: next.variants })
  refuseOtherNames({ input, variants: next.variants, live })
  await context.serving.store.update((state) => {
    const endpoint = state.endpoints[name]
    if (!endpoint || !updatable.includes(endpoint.status)) throw endpointInProgress('update', arn)
    endpoint.status = 'Updating'
    endpoint.next = next
    endpoint.lastModifiedTime = epochSeconds(context)
    delete endpoint.failureReason
    if (input.RetainDeploymentConfig === true) return
    delete endpoint.deploymentConfig
    Object.assign(endpoint, deploymentConfigOf(input))
  })
  context.serving.driveEndpoint(name)
  return { output: { EndpointArn: arn } }
}

/** The new weights hold at once; no instance is started or ended, as one process serves a variant. */
export const updateEndpointWeightsAndCapacities: Operation = async (context, input) => {
  const { name, arn } = find(context, input)
  const wanted = list(input, 'DesiredWeightsAndCapacities').filter(isObject)
  if (wanted.some((each) => each.ServerlessUpdateConfig !== undefined))
    throw notImplemented('UpdateEndpointWeightsAndCapacities with ServerlessUpdateConfig')
  await context.serving.store.update((state) => {
    const endpoint = state.endpoints[name]
    if (endpoint?.status !== 'InService' || !endpoint.live) throw endpointInProgress('update', arn)
    for (const each of wanted) {
      const variantName = requiredText(each, 'VariantName')
      const variant = endpoint.live.variants.find((one) => one.name === variantName)
      if (!variant)
        throw validation(`Could not find variant "${variantName}" of endpoint "${arn}".`)
      variant.weight = number(each, 'DesiredWeight') ?? variant.weight
      const count = number(each, 'DesiredInstanceCount')
      if (count !== undefined) variant.request = { ...variant.request, InitialInstanceCount: count }
    }
    endpoint.lastModifiedTime = epochSeconds(context)
  })
  return { output: { EndpointArn: arn } }
}

export const deleteEndpoint: Operation = async (context, input) => {
  const { name, arn, status } = find(context, input)
  if (['Creating', 'Updating', 'Deleting'].includes(status)) throw endpointInProgress('delete', arn)
  await context.store.update((state) => delete state.tags[arn])
  await context.serving.store.update((state) => {
    const endpoint = state.endpoints[name]
    if (endpoint)
      Object.assign(endpoint, { status: 'Deleting', lastModifiedTime: epochSeconds(context) })
  })
  context.serving.driveEndpoint(name)
  return { output: {} }
}

export const describeEndpoint: Operation = async (context, input) => {
  const endpoint = find(context, input)
  const { live, next } = endpoint
  return {
    output: defined({
      ...summary(endpoint),
      EndpointConfigName:
        (live ?? next)?.configName ?? text(endpoint.request, 'EndpointConfigName'),
      ProductionVariants: live?.variants.map(variantSummary),
      FailureReason: endpoint.failureReason,
      LastDeploymentConfig: endpoint.deploymentConfig,
      AsyncInferenceConfig: endpoint.asyncConfig,
      PendingDeploymentSummary: next && pendingSummary(next),
    }),
  }
}

export const listEndpoints: Operation = async (context, input) => {
  const { items, nextToken } = listMade({ items: context.serving.store.read().endpoints, input })
  return { output: defined({ Endpoints: items.map(summary), NextToken: nextToken }) }
}

function find(context: Context, input: Json): Endpoint {
  const name = requiredText(input, 'EndpointName')
  const { endpoints } = context.serving.store.read()
  const endpoint = Object.hasOwn(endpoints, name) ? endpoints[name] : undefined
  if (endpoint) return endpoint
  throw servedThingNotFound('endpoint', arnOf(context, `endpoint/${name}`))
}

/** What a configuration asks for, with each model's container as it is now. */
function deploymentOf(context: Context, input: Json): NonNullable<Endpoint['next']> {
  const configName = requiredText(input, 'EndpointConfigName')
  const { request } = findMade(context, configs, configName)
  const asyncConfig = object(request, 'AsyncInferenceConfig')
  const variants = list(request, 'ProductionVariants')
    .filter(isObject)
    .map((variant) => newVariant(context, variant))
  const startedAt = epochSeconds(context)
  return { configName, variants, startedAt, ...(asyncConfig ? { asyncConfig } : {}) }
}

/** What would silently not happen: batches of instances, and alarms that nobody is asked about. */
function refuseDeploymentConfig({ input, variants }: { input: Json; variants: Variant[] }): void {
  const deploymentConfig = object(input, 'DeploymentConfig')
  if (!deploymentConfig) return
  if (deploymentConfig.RollingUpdatePolicy !== undefined)
    throw notImplemented('UpdateEndpoint with RollingUpdatePolicy')
  if (deploymentConfig.AutoRollbackConfiguration !== undefined && alarmsUrl() === undefined)
    throw notImplemented('AutoRollbackConfiguration without HOLDFAST_LOCAL_ALARMS_URL')
  const fault = trafficFault({ deploymentConfig, variants })
  if (fault !== undefined) throw validation(fault)
}

/** Developer guide, Deployment guardrails, Exclusions; that it is refused, and the words, are ours. */
function refuseOtherNames(options: {
  input: Json
  variants: Variant[]
  live: Endpoint['live']
}): void {
  const { input, variants, live } = options
  if (!object(input, 'DeploymentConfig') || !live) return
  const names = live.variants.map(({ name }) => name)
  const other = variants.find(({ name }) => !names.includes(name))
  if (other)
    throw validation(
      `With DeploymentConfig the variants keep their names: ${other.name} is none of ${names.join(', ')}.`,
    )
}

function pendingSummary({ configName, variants, startedAt }: NonNullable<Endpoint['next']>): Json {
  return defined({
    EndpointConfigName: configName,
    StartTime: startedAt,
    ProductionVariants: variants.map(variantSummary),
  })
}

function newVariant(context: Context, variant: Json): Variant {
  const model = findMade(context, models, requiredText(variant, 'ModelName'))
  return {
    name: requiredText(variant, 'VariantName'),
    container: containerOf({ model, registry: context.store.read() }),
    // API reference: 1.0 unless given.
    weight: number(variant, 'InitialVariantWeight') ?? 1,
    request: variant,
    instance: newInstance(),
    resolvedAt: epochSeconds(context),
  }
}

/** API reference, RetainAllVariantProperties: variants that stay keep weight and number of instances. */
function retain(options: { variants: Variant[]; live: Endpoint['live']; input: Json }): void {
  const { variants, live, input } = options
  const excluded = list(input, 'ExcludeRetainedVariantProperties')
    .filter(isObject)
    .map((each) => text(each, 'VariantPropertyType'))
  for (const variant of variants) {
    const before = live?.variants.find(({ name }) => name === variant.name)
    if (!before) continue
    if (!excluded.includes('DesiredWeight')) variant.weight = before.weight
    const count = number(before.request, 'InitialInstanceCount')
    if (count !== undefined && !excluded.includes('DesiredInstanceCount'))
      variant.request = { ...variant.request, InitialInstanceCount: count }
  }
}

function deploymentConfigOf(input: Json): Pick<Endpoint, 'deploymentConfig'> {
  const given = object(input, 'DeploymentConfig')
  return given ? { deploymentConfig: given } : {}
}

function variantSummary({ name, container, weight, request, resolvedAt }: Variant): Json {
  const { image } = container
  // One process serves a variant, however many instances it asks for.
  const count = number(request, 'InitialInstanceCount')
  return defined({
    VariantName: name,
    // No registry is asked here, so that there is no digest to resolve a tag to.
    DeployedImages: [{ SpecifiedImage: image, ResolvedImage: image, ResolutionTime: resolvedAt }],
    CurrentWeight: weight,
    DesiredWeight: weight,
    CurrentInstanceCount: count,
    DesiredInstanceCount: count,
    CurrentServerlessConfig: request.ServerlessConfig,
    DesiredServerlessConfig: request.ServerlessConfig,
  })
}

function summary(endpoint: Endpoint): Json {
  return {
    EndpointName: endpoint.name,
    EndpointArn: endpoint.arn,
    CreationTime: endpoint.creationTime,
    LastModifiedTime: endpoint.lastModifiedTime,
    EndpointStatus: endpoint.status,
  }
}
