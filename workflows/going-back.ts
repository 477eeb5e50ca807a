import { patched } from '@temporalio/workflow'

import { serveTags, type DeploymentState } from '../src/deploy/release'
import { deploymentAnnouncer } from './deployment-announcer'
import { failRun } from './failures'
import { serving } from './options'
import { notBackError, returnTo } from './return-to'
import type { EndpointInput } from './undeployment'

/**
 * What a deployment that was ended from outside could not do any more: an endpoint in which both versions
 * stand side by side has the one in front alone again, and nothing of the other is left.
 */
export async function goingBack({ endpointName, site }: EndpointInput): Promise<DeploymentState> {
  const at = { endpointName, site }
  const say = deploymentAnnouncer({ change: 'go back', endpointName })
  const before = await serving.readEndpoint(at)
  const tried = before?.tried
  if (!before || !tried) return say.ended('unchanged')
  const { configName: shared, stableConfig: configName, tags } = before
  const previous = tags[serveTags.previous] ?? null
  say.knows({ configName, previous })
  say.begins(`back to ${configName}`)
  const now = await returnTo({ ...at, configName, variantName: tried.variantName })
  const error = notBackError({ endpointName, configName, now })
  if (error && (now?.configName !== configName || patched('way-back-is-checked'))) {
    say.ended('failed', { error })
    return failRun(error)
  }
  await serving.startScaling({ ...at, configName })
  const keep = [configName, previous].filter((name) => name !== null)
  await serving.removeConfigs({ ...at, configs: [shared, tried.configName], keep })
  return say.ended('rolled back')
}
