import { CancellationScope, patched } from '@temporalio/workflow'

import { isBroken, stuckError } from '../src/deploy/endpoint-status'
import { serveTags, type DeploymentState, type ServeSite } from '../src/deploy/release'
import { deploymentAnnouncer } from './deployment-announcer'
import { failRun } from './failures'
import { serving } from './options'
import { waitForEndpoint } from './wait-for-endpoint'

export interface EndpointInput {
  endpointName: string
  site: ServeSite
}

/** The version before, again, by one update; done twice, it is undone. */
export async function rollback({ endpointName, site }: EndpointInput): Promise<DeploymentState> {
  const at = { endpointName, site }
  const say = deploymentAnnouncer({ change: 'rollback', endpointName })
  return say.orFailed(async () => {
    const before = await serving.readEndpoint(at)
    const previous = before?.tags[serveTags.previous]
    if (!before || previous === undefined) {
      return failRun({
        code: 'E_NO_PREVIOUS_VERSION',
        message: before
          ? `${endpointName} has no version before this one`
          : `there is no endpoint ${endpointName}`,
        hint: before
          ? 'what is deployed next can be rolled back'
          : '`holdfast endpoints` lists what is deployed',
      })
    }
    const { stableConfig } = before
    say.knows({ configName: stableConfig, previous })
    say.begins(`back to ${previous}`)
    await waitForEndpoint(at)
    // Nothing takes an update back: once it is asked for its end is awaited, though we are cancelled.
    return CancellationScope.nonCancellable(async () => {
      const now = await changeTo({ ...at, from: stableConfig, to: previous })
      if (now?.configName === previous)
        await serving.recordEndpoint({ ...at, previous: stableConfig })
      if (now && isBroken(now.status) && patched('stuck-endpoints')) {
        const { status, failureReason: why } = now
        return failRun(stuckError({ endpointName, status, why }))
      }
      if (now?.configName !== previous) {
        return failRun({
          code: 'E_DEPLOY_ROLLED_BACK',
          message: `${previous} did not take over ${endpointName}: ${now?.failureReason ?? 'no reason was given'}`,
          hint: 'what served before serves on',
        })
      }
      return say.ended('deployed', { configName: previous, previous: stableConfig })
    })
  })
}

/** A version is not changed while it is scaled; what serves afterwards is scaled again, whatever became of the change. */
async function changeTo(options: EndpointInput & { from: string; to: string }) {
  const { from, to, ...at } = options
  let serves = from
  await serving.stopScaling({ ...at, configName: from })
  try {
    await serving.updateEndpoint({ ...at, configName: to })
    const now = await waitForEndpoint(at)
    if (now?.configName === to) serves = to
    return now
  } finally {
    await serving.startScaling({ ...at, configName: serves })
  }
}

/** The endpoint first, so that nothing is paid for; then what it was made of. */
export async function undeployment({
  endpointName,
  site,
}: EndpointInput): Promise<DeploymentState> {
  const at = { endpointName, site }
  const say = deploymentAnnouncer({ change: 'undeploy', endpointName })
  return say.orFailed(async () => {
    const before = await serving.readEndpoint(at)
    if (before === null) return say.ended('unchanged')
    const { configName, pendingConfig, stableConfig, tags } = before
    const all = [configName, pendingConfig, stableConfig, tags[serveTags.previous]]
    const configs = [...new Set(all.flatMap((name) => (name ? [name] : [])))]
    say.begins('delete')
    for (const each of configs) await serving.stopScaling({ ...at, configName: each })
    await serving.deleteEndpoint(at)
    await waitForEndpoint(at)
    await serving.removeConfigs({ ...at, configs, keep: [] })
    return say.ended('removed', { configName: null, previous: null })
  })
}
