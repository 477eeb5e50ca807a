/** CloudWatch DescribeAlarms: what the server of alarms says of them, by name. */

import { notImplemented } from '../aws-error'
import { list } from '../json'
import { alarmStates, alarmsUrl } from '../serving/alarms'
import type { Operation } from './context'

export const describeAlarms: Operation = async (_, input) => {
  const names = list(input, 'AlarmNames').filter((name) => typeof name === 'string')
  if (alarmsUrl() === undefined)
    throw notImplemented('DescribeAlarms without HOLDFAST_LOCAL_ALARMS_URL')
  if (names.length === 0) throw notImplemented('DescribeAlarms without AlarmNames')
  const alarms = await alarmStates(names)
  return {
    output: {
      MetricAlarms: alarms.map(({ name, state }) => ({ AlarmName: name, StateValue: state })),
    },
  }
}
