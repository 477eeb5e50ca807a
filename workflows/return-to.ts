import { patched } from '@temporalio/workflow'

import { isBroken, stuckError } from '../src/deploy/endpoint-status'
import type { EndpointView, ServeSite } from '../src/deploy/release'
import type { RunError } from '../src/run-state'
import { serving } from './options'
import { waitForEndpoint } from './wait-for-endpoint'

/** To a configuration that served before: the traffic first, at once; then the fleet. */
export async function returnTo(options: {
  site: ServeSite
  endpointName: string
  configName: string
  /** Of the version that is to lose its traffic. */
  variantName?: string
}): Promise<EndpointView | null> {
  const { site, endpointName, configName, variantName = '' } = options
  const at = { site, endpointName }
  const now = await waitForEndpoint(at)
  const names = now?.variants.map(({ name }) => name) ?? []
  const isShared = names.length > 1 && names.includes(variantName)
  // One that is stuck may take an update; the shares of one that is not in service nobody can move.
  const isAsked = now !== null && !(isBroken(now.status) && patched('stuck-endpoints'))
  if (isAsked && isShared) {
    const weights = sharesOf({ variants: now.variants, variantName, share: 0 })
    await serving.shiftTraffic({ ...at, weights })
    await waitForEndpoint(at)
  }
  await serving.updateEndpoint({ ...at, configName, ...(isShared && { keepsInstances: true }) })
  return waitForEndpoint(at)
}

/** What is wrong where the way back has led; null: that configuration serves. */
export function notBackError(options: {
  endpointName: string
  configName: string
  now: EndpointView | null
}): RunError | null {
  const { endpointName, configName, now } = options
  const { status, failureReason: why } = now ?? { status: 'gone', failureReason: null }
  if (status === 'InService' && now?.configName === configName) return null
  if (isBroken(status)) return stuckError({ endpointName, status, why })
  const message = `${endpointName} did not go back to ${configName}: ${why ?? `it is ${status}`}`
  return { code: 'E_DEPLOY_HALF_DONE', message }
}

/** Of one version this share; of the others what is left, as they had it among them. */
export function sharesOf(options: {
  variants: EndpointView['variants']
  variantName: string
  share: number
}): Record<string, number> {
  const { variants, variantName, share } = options
  const old = variants.filter(({ name }) => name !== variantName)
  const sum = old.reduce((total, { weight }) => total + weight, 0)
  const shares = old.map(({ name, weight }) => [
    name,
    (1 - share) * (sum > 0 ? weight / sum : 1 / old.length),
  ])
  return Object.fromEntries([...shares, [variantName, share]]) as Record<string, number>
}
