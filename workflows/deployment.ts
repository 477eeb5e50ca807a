import { CancellationScope, isCancellation, patched, sleep } from '@temporalio/workflow'

import type { EndpointNow } from '../activities/read-endpoint'
import { standingOf, stuckError } from '../src/deploy/endpoint-status'
import {
  serveTags,
  sharedConfigName,
  type DeploymentState,
  type EndpointView,
  type Release,
  type ServeSite,
} from '../src/deploy/release'
import { lookEvery } from '../src/deploy/rollout'
import { withVariantName } from '../src/deploy/variant-name'
import { deploymentAnnouncer } from './deployment-announcer'
import { endingOf, failRun, runErrorOf } from './failures'
import { heavy, probing, serving } from './options'
import { notBackError, returnTo, sharesOf } from './return-to'
import { waitForEndpoint } from './wait-for-endpoint'

export interface DeploymentInput {
  release: Release
  site: ServeSite
}

/** Both versions stand side by side in the endpoint, where one alone would be seen too late. */
type Way = 'side by side' | 'at once'

/**
 * A new version of an endpoint: made, tried, given a share, then all of the traffic. Whatever is
 * wrong on the way, the version before it goes on serving, and nothing of the new one is left.
 */
export async function deployment({
  release: asked,
  site,
}: DeploymentInput): Promise<DeploymentState> {
  const { endpointName, version, source } = asked
  const say = deploymentAnnouncer({ change: 'deploy', endpointName, version, source })
  const at = { site, endpointName }
  const before = await say.orFailed(() => settled(at))
  say.knows({ configName: before?.stableConfig ?? null, previous: previousOf(before) })
  const release = before ? fitting({ release: asked, before }) : asked
  if (before?.configName === release.name) {
    await say.orFailed(() => keepUp({ release, site, previous: previousOf(before) }))
    return say.ended('unchanged')
  }
  try {
    const { packing } = release
    if (packing) {
      say.begins('pack the script')
      await heavy.packInference({ site, packing })
    }
    say.begins('create')
    await serving.createRelease({ site, release })
    if (before === null) await firstVersion({ release, site, say })
    else if (wayOf({ release, before }) === 'at once') await atOnce({ release, site, before, say })
    else await sideBySide({ release, site, before, say })
    const previous = before?.stableConfig ?? null
    await keepUp({ release, site, previous })
    await forget({ release, site, before, keep: [release.name, previous] })
    return say.ended('deployed', { configName: release.name, previous })
  } catch (error) {
    say.begins('going back')
    const { cancelled, failure } = endingOf(error)
    await CancellationScope.nonCancellable(() => goBack({ release, site, before })).catch(
      (second: unknown) => {
        const { code, message, hint } = runErrorOf(second)
        const halfDone = {
          code: 'E_DEPLOY_HALF_DONE',
          message: `${runErrorOf(error).message}; and the way back failed: ${message}`,
          hint:
            code === 'E_ENDPOINT_STUCK' && hint
              ? hint
              : 'deploy again: what is left half done is put right first',
        }
        say.ended('failed', { error: halfDone })
        return failRun(halfDone)
      },
    )
    if (cancelled) {
      say.ended('rolled back')
      throw failure
    }
    const { code, message, hint: told } = runErrorOf(error)
    const isBack = code === 'E_DEPLOY_ROLLED_BACK'
    const hint = isBack && before === null ? 'nothing served before, and nothing is left' : told
    say.ended(isBack ? 'rolled back' : 'failed', {
      error: { code, message, ...(hint ? { hint } : {}) },
    })
    throw error
  }
}

interface Step {
  release: Release
  site: ServeSite
  say: ReturnType<typeof deploymentAnnouncer>
}

type Change = Step & { before: EndpointNow }

/**
 * An endpoint that somebody else's change is over for; one that failed at its creation is made anew.
 * Upon one that is stuck nothing is begun: it has nothing that a new version could stand beside.
 */
async function settled(at: { site: ServeSite; endpointName: string }): Promise<EndpointNow | null> {
  const found = await serving.readEndpoint(at)
  if (found === null) return null
  const now = await waitForEndpoint(at)
  if (now === null) return null
  const standing = standingOf(now.status)
  if (standing === 'stuck' && patched('stuck-endpoints')) {
    const { status, failureReason: why } = now
    return failRun(stuckError({ endpointName: at.endpointName, status, why }))
  }
  if (standing !== 'failed') return serving.readEndpoint(at)
  await serving.deleteEndpoint(at)
  await waitForEndpoint(at)
  return null
}

/** Called in the endpoint as the way that it will take needs it. */
function fitting({ release, before }: { release: Release; before: EndpointNow }): Release {
  const names = before.variants.map(({ name }) => name)
  const inFront = names.filter((name) => name !== before.tried?.variantName)
  const isGuarded =
    wayOf({ release, before }) === 'at once' && serviceRouting(release) !== undefined
  return withVariantName({ release, inFront, isGuarded })
}

async function firstVersion({ release, site, say }: Step): Promise<void> {
  const { endpointName, name: configName } = release
  say.begins('first version')
  await serving.createEndpoint({ site, endpointName, configName })
  const now = await waitForEndpoint({ site, endpointName })
  if (now?.status !== 'InService')
    rolledBack(release, whyNot(now, 'the endpoint did not come into service'))
  await mustBeWell({ release, site, say }, { warmUp: true })
}

/** One update, its canary and alarms watched by the service itself: it goes back without us, too. */
async function atOnce({ release, site, before, say }: Change): Promise<void> {
  say.begins('update')
  await changeTo({
    release,
    site,
    from: before.stableConfig,
    deploymentConfig: serviceRouting(release),
  })
  // A serverless endpoint has one variant only: it is asked when it serves already.
  await mustBeWell({ release, site, say }, { warmUp: true })
}

/** Beside the old one without traffic, asked, given a share and watched, then alone. */
async function sideBySide({ release, site, before, say }: Change): Promise<void> {
  const { endpointName } = release
  const at = { site, endpointName }
  const from = before.stableConfig
  say.begins('start beside the old version')
  if (before.configName !== from) await returnTo({ ...at, configName: from })
  const { configName: shared } = await serving.createSharedConfig({ site, release, from })
  await serving.updateEndpoint({ ...at, configName: shared, keepsInstances: true })
  const both = await waitForEndpoint(at)
  if (both?.status !== 'InService' || both.configName !== shared)
    rolledBack(release, whyNot(both, 'the new version did not come into service'))

  await mustBeWell({ release, site, say }, { warmUp: true })
  await canary({ release, site, say }, both.variants)

  say.begins('take all traffic')
  // The service watches no update that takes a variant away: it must keep their names.
  const deploymentConfig = serviceRouting(release)
  const isOurs = deploymentConfig !== undefined && patched('watched-by-ourselves')
  await changeTo({ release, site, from, ...(!isOurs && { deploymentConfig }) })
  const { alarms, canary: share } = release.rollout
  if (!isOurs || !alarms) return
  say.begins('watch it with all traffic')
  await bake({ release, site, say }, share?.bakeSeconds ?? bakesFor)
}

async function canary(
  { release, site, say }: Step,
  variants: EndpointNow['variants'],
): Promise<void> {
  const { endpointName, variantName, rollout } = release
  if (!rollout.canary) return
  const { percent, bakeSeconds } = rollout.canary
  say.begins(`canary of ${percent} %`)
  const weights = sharesOf({ variants, variantName, share: percent / 100 })
  await serving.shiftTraffic({ site, endpointName, weights })
  await bake({ release, site, say }, bakeSeconds)
}

/** Looked at now and then, for so many seconds. */
async function bake(step: Step, seconds: number): Promise<void> {
  const every = lookEvery(seconds)
  for (let left = seconds; left > 0; left -= every) {
    await sleep(Math.min(every, left) * 1000)
    await mustBeWell(step)
  }
}

/** To the new configuration, and to nothing else: anything but its being there is the way back. */
async function changeTo(options: {
  release: Release
  site: ServeSite
  from: string
  /** Absent: as the service does by itself. */
  deploymentConfig?: ReturnType<typeof serviceRouting>
}): Promise<void> {
  const { release, site, from, deploymentConfig } = options
  const { endpointName, name: configName, variantName } = release
  await serving.stopScaling({ site, endpointName, configName: from })
  await serving.updateEndpoint({
    ...{ site, endpointName, configName, variantName },
    ...(deploymentConfig && { deploymentConfig }),
  })
  const now = await waitForEndpoint({ site, endpointName })
  if (now?.status === 'InService' && now.configName === configName) return
  rolledBack(release, whyNot(now, 'the service went back to the version before'))
}

async function mustBeWell(
  { release, site }: Step,
  options: { warmUp?: boolean } = {},
): Promise<void> {
  const { endpointName, variantName, rollout } = release
  const { probe, alarms } = rollout
  if (!probe && !alarms) return
  const look = {
    ...{ site, endpointName, variant: variantName },
    ...(probe && { probe }),
    ...(alarms && { alarms }),
    ...options,
  }
  const fault = await probing
    .lookAtVersion(look)
    .then((seen) => seen.fault)
    .catch((error: unknown) => {
      if (isCancellation(error)) throw error
      return `it could not be asked: ${runErrorOf(error).message}`
    })
  if (fault !== null) rolledBack(release, fault)
}

/** The service's reason; of an endpoint that is stuck its status, too. */
function whyNot(now: EndpointView | null, otherwise: string): string {
  const reason = now?.failureReason
  if (!now || standingOf(now.status) !== 'stuck') return reason ?? otherwise
  return `the endpoint became ${now.status}${reason ? `: ${reason}` : ''}`
}

function rolledBack({ endpointName, source }: Release, why: string): never {
  return failRun({
    code: 'E_DEPLOY_ROLLED_BACK',
    message: `${source} did not take over ${endpointName}: ${why}`,
    hint: 'what served before serves on; the log of the endpoint says more',
  })
}

/**
 * A probe needs the new version beside the old one, and so does a canary on one instance: the
 * service's own takes whole instances, and at most half of them. All else the service does itself.
 */
function wayOf({ release, before }: { release: Release; before: EndpointNow }): Way {
  const { config, rollout } = release
  const [variant] = config.ProductionVariants ?? []
  if (before.configName !== before.stableConfig) return 'side by side'
  if (variant?.ServerlessConfig || config.AsyncInferenceConfig) return 'at once'
  if (rollout.probe) return 'side by side'
  return rollout.canary && (variant?.InitialInstanceCount ?? 1) < 2 ? 'side by side' : 'at once'
}

/** Seconds in which a version that has all of the traffic is watched, unless its canary says how long. */
const bakesFor = 60

/** The service's own canary, where there is no probe to be asked, and its own way back. */
function serviceRouting({ config, rollout }: Release) {
  const { canary: share, alarms, probe } = rollout
  const [variant] = config.ProductionVariants ?? []
  const shifts = share && !probe && (variant?.InitialInstanceCount ?? 1) >= 2
  if (!shifts && !alarms) return undefined
  return {
    BlueGreenUpdatePolicy: {
      TrafficRoutingConfiguration: shifts
        ? {
            Type: 'CANARY' as const,
            WaitIntervalInSeconds: Math.min(3_600, share.bakeSeconds),
            CanarySize: {
              Type: 'CAPACITY_PERCENT' as const,
              Value: Math.min(50, Math.ceil(share.percent)),
            },
          }
        : { Type: 'ALL_AT_ONCE' as const, WaitIntervalInSeconds: bakesFor },
    },
    ...(alarms && {
      AutoRollbackConfiguration: { Alarms: alarms.map((AlarmName) => ({ AlarmName })) },
    }),
  }
}

/** Its life begins anew with each deployment. */
async function keepUp(options: {
  release: Release
  site: ServeSite
  previous: string | null
}): Promise<void> {
  const { release, site, previous } = options
  const { endpointName, name: configName, rollout } = release
  await serving.startScaling({ site, endpointName, configName })
  await serving.recordEndpoint({
    ...{ site, endpointName, previous },
    life: { ttlSeconds: rollout.ttlSeconds ?? null, idleSeconds: rollout.idleSeconds ?? null },
  })
}

/** What served before the version before, and what both versions stood in. */
async function forget(options: {
  release: Release
  site: ServeSite
  before: EndpointNow | null
  keep: (string | null)[]
}): Promise<void> {
  const { release, site, before } = options
  const keep = options.keep.filter((name) => name !== null)
  const shared = before && sharedConfigName({ release, from: before.stableConfig })
  const configs = [shared, previousOf(before), before?.configName]
    .filter((name) => name !== null && name !== undefined)
    .filter((name) => name !== '' && !keep.includes(name))
  const { endpointName } = release
  if (configs.length > 0) await serving.removeConfigs({ site, endpointName, configs, keep })
}

/** To where the endpoint was; the new version's model and configuration go. */
async function goBack(options: {
  release: Release
  site: ServeSite
  before: EndpointNow | null
}): Promise<void> {
  const { release, site, before } = options
  const { endpointName } = release
  const at = { site, endpointName }
  if (before === null) {
    await serving.stopScaling({ ...at, configName: release.name })
    await serving.deleteEndpoint(at)
    await waitForEndpoint(at)
    await serving.removeConfigs({ ...at, configs: [release.name], keep: [] })
    return
  }
  const { stableConfig: from } = before
  const now = await returnTo({ ...at, configName: from, variantName: release.variantName })
  const error = notBackError({ endpointName, configName: from, now })
  // Nothing is deleted that may serve.
  if (error && patched('way-back-is-checked')) failRun(error)
  await serving.startScaling({ ...at, configName: from })
  const keep = [from, previousOf(before)].filter((name) => name !== null)
  const shared = sharedConfigName({ release, from })
  await serving.removeConfigs({ ...at, configs: [shared, release.name], keep })
}

function previousOf(endpoint: EndpointNow | null): string | null {
  return endpoint?.tags[serveTags.previous] ?? null
}
