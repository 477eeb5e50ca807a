import {
  DeleteEndpointConfigCommand,
  type CreateEndpointConfigInput,
  type DescribeEndpointConfigOutput,
  type ServiceOutputTypes,
} from '@aws-sdk/client-sagemaker'

import { whenThere } from '../src/aws/when-there'
import { asAsked, beginningWith, type ScaledOut } from '../src/deploy/capacity'
import { serveTags, type EndpointView } from '../src/deploy/release'
import { HoldfastError } from '../src/errors'
import type { Dependencies } from './dependencies'
import { findConfig, isOurs, makeConfig, unownedTags } from './endpoint-service'

type FoundConfig = NonNullable<Awaited<ReturnType<typeof findConfig>>>

/** The fleet in front, if it was scaled out, by whomever; null: it was not, or that cannot be known. */
export async function scaledOutOf(
  deps: Dependencies,
  view: EndpointView | null,
): Promise<ScaledOut | null> {
  if (!view || view.configName === '') return null
  const serving = await findConfig(deps, view.configName)
  const from = serving?.tags[serveTags.from]
  const stable = from === undefined ? serving : await findConfig(deps, from)
  const [variant] = stable?.config.ProductionVariants ?? []
  if (!stable || !variant?.InstanceType) return null
  const now = view.variants.find(({ name }) => name === variant.VariantName)
  const asked = Number(stable.tags[serveTags.instances] ?? variant.InitialInstanceCount ?? 1)
  const instances = now?.instances ?? 0
  return instances > asked ? { instanceType: variant.InstanceType, instances } : null
}

/**
 * Before an endpoint goes to a configuration that was made earlier: one that would not begin with as
 * many instances as were scaled out to by now, or whose variant is called otherwise, makes room for one
 * of its name that fits. It cannot be changed. A spare remembers it meanwhile, for the next try after a
 * worker that died in between.
 */
export async function fitConfig(
  deps: Dependencies,
  options: {
    endpointName: string
    configName: string
    /** Of its one variant; undefined: as it is. */
    variantName?: string | undefined
    view: EndpointView
    /** Variants that stay are as many as now anyway. */
    keepsInstances: boolean
  },
): Promise<void> {
  const { endpointName, configName, variantName, view, keepsInstances } = options
  if (view.configName === configName) return
  const spareName = `${configName.slice(0, 57)}-spare`
  const [found, spare] = await Promise.all([
    findConfig(deps, configName),
    findConfig(deps, spareName),
  ])
  const known = found ?? spare
  if (!known || !isOurs({ deps, endpointName, made: known })) return
  const made = requestOf(known, configName)
  const fitting = staysAsItIs({ config: made, known, view, keepsInstances })
    ? made
    : beginningWith({ config: asAsked(made), scaledOut: await scaledOutOf(deps, view) })
  const config = variantName === undefined ? fitting : called(fitting, variantName)
  const isIt = found !== null && shapeOf(found.config) === shapeOf(config)
  if (!isIt) {
    await makeConfig(deps, { endpointName, config: { ...config, EndpointConfigName: spareName } })
    await removeConfig(deps, configName)
    await makeConfig(deps, { endpointName, config })
    const now = await findConfig(deps, configName)
    if (!now || shapeOf(now.config) !== shapeOf(config)) {
      throw new HoldfastError({
        code: 'E_JOB_NOT_YET_VISIBLE',
        what: `the service does not show the configuration with ${shapeOf(config)} yet`,
        where: configName,
      })
    }
  }
  if (spare || !isIt) await removeConfig(deps, spareName)
}

/** Two versions side by side were given their numbers when they were; a variant that stays keeps its own. */
function staysAsItIs(options: {
  config: CreateEndpointConfigInput
  known: FoundConfig
  view: EndpointView
  keepsInstances: boolean
}): boolean {
  const { config, known, view, keepsInstances } = options
  if (serveTags.from in known.tags) return true
  const isLive = config.ProductionVariants?.some((variant) =>
    view.variants.some(({ name }) => name === variant.VariantName),
  )
  return keepsInstances && isLive === true
}

/** What it was made with, under its own name. */
function requestOf(known: FoundConfig, configName: string): CreateEndpointConfigInput {
  const described: Partial<DescribeEndpointConfigOutput & ServiceOutputTypes> = { ...known.config }
  delete described.$metadata
  delete described.EndpointConfigArn
  delete described.CreationTime
  return {
    ...described,
    EndpointConfigName: configName,
    ProductionVariants: known.config.ProductionVariants,
    Tags: unownedTags(known.tags),
  }
}

function called(config: CreateEndpointConfigInput, variantName: string): CreateEndpointConfigInput {
  const [variant, ...others] = config.ProductionVariants ?? []
  if (!variant || others.length > 0) return config
  return { ...config, ProductionVariants: [{ ...variant, VariantName: variantName }] }
}

/** All of a configuration that is ever made otherwise under its name, in words. */
function shapeOf({
  ProductionVariants = [],
}: Pick<CreateEndpointConfigInput, 'ProductionVariants'>): string {
  const each = ProductionVariants.map(
    ({ VariantName, InitialInstanceCount: count }) =>
      `${count ?? 'no'} instances of ${VariantName}`,
  )
  return each.join(' and ')
}

async function removeConfig({ sagemaker }: Dependencies, name: string): Promise<void> {
  await whenThere(() =>
    sagemaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: name })),
  )
}
