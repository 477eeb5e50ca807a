import { setTimeout as sleep } from 'node:timers/promises'

import { InvokeEndpointCommand } from '@aws-sdk/client-sagemaker-runtime'

import { alarmStates } from '../src/aws/alarm-states'
import { classifyAwsError } from '../src/aws/classify-error'
import type { ServeSite } from '../src/deploy/release'
import type { Probe } from '../src/deploy/rollout'
import { messageOf } from '../src/errors'
import type { Dependencies } from './dependencies'

/** Characters of an answer that are shown. */
const shown = 200

/**
 * Whether a version is well: what it answers to the probe, and whether an alarm is raised. Null: it
 * is. The variant is asked by name, so that a version without traffic can be asked too.
 */
export async function lookAtVersion(
  deps: Dependencies,
  options: {
    site: ServeSite
    endpointName: string
    variant: string
    probe?: Probe
    alarms?: string[]
    /** The first request pays for what is loaded late; it is asked once before it counts. */
    warmUp?: boolean
  },
): Promise<{ fault: string | null }> {
  const { probe, alarms = [], warmUp } = options
  const [raised] = await raisedAlarms(deps, alarms)
  if (raised !== undefined) return { fault: `the alarm ${raised} is raised` }
  if (!probe) return { fault: null }
  if (warmUp) await ask(deps, { ...options, probe }).catch(() => undefined)
  return { fault: await ask(deps, { ...options, probe }) }
}

async function ask(
  deps: Dependencies,
  options: { endpointName: string; variant: string; probe: Probe },
): Promise<string | null> {
  const { endpointName, variant, probe } = options
  const { payload, contentType = 'application/json', expect, maxLatencyMs } = probe
  for (let left = 2; ; left--) {
    const startedAt = performance.now()
    try {
      const { Body } = await deps.runtime.send(
        new InvokeEndpointCommand({
          EndpointName: endpointName,
          TargetVariant: variant,
          ContentType: contentType,
          Body: payload,
        }),
      )
      const answer = Body?.transformToString() ?? ''
      const took = Math.round(performance.now() - startedAt)
      if (expect !== undefined && !answer.includes(expect))
        return `the probe's answer does not contain "${expect}": ${answer.slice(0, shown)}`
      if (maxLatencyMs !== undefined && took > maxLatencyMs)
        return `the probe took ${took} ms (at most ${maxLatencyMs})`
      return null
    } catch (error) {
      // What the service does not answer says nothing about the model; what the model answers does.
      const isModel = error instanceof Error && error.name === 'ModelError'
      if (isModel || left === 0 || classifyAwsError(error) === 'invalid')
        return `the probe failed: ${messageOf(error).slice(0, shown)}`
      await sleep(1_000)
    }
  }
}

async function raisedAlarms({ cloudwatch }: Dependencies, names: string[]): Promise<string[]> {
  const found = await alarmStates({ cloudwatch, names })
  const missing = names.filter((name) => !found.some((alarm) => alarm.name === name))
  return [
    ...found.filter(({ state }) => state === 'ALARM').map(({ name }) => name),
    ...missing.map((name) => `${name} (which does not exist)`),
  ]
}
