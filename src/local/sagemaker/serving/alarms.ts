/** CloudWatch alarms that may roll a deployment back; read from a server of alarms, as there is none here. */

import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'

import { alarmStates as statesOf, type AlarmState } from '../../../aws/alarm-states'

/** Where DescribeAlarms is answered, such as moto's server: `HOLDFAST_LOCAL_ALARMS_URL`. */
export function alarmsUrl(env: NodeJS.ProcessEnv = process.env): string | undefined {
  return env['HOLDFAST_LOCAL_ALARMS_URL']
}

const clients = new Map<string, CloudWatchClient>()

/** Those of the named alarms that are in ALARM; none where no server of alarms is set. */
export async function raisedAlarms(names: string[]): Promise<string[]> {
  const found = await alarmStates(names)
  return found.filter(({ state }) => state === 'ALARM').map(({ name }) => name)
}

/** Of the alarms that exist. */
export async function alarmStates(names: string[]): Promise<AlarmState[]> {
  const endpoint = alarmsUrl()
  if (endpoint === undefined) return []
  const cloudwatch = clients.get(endpoint) ?? new CloudWatchClient({ endpoint, maxAttempts: 2 })
  clients.set(endpoint, cloudwatch)
  return statesOf({ cloudwatch, names })
}
