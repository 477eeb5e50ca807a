import { DescribeAlarmsCommand, type CloudWatchClient } from '@aws-sdk/client-cloudwatch'

export interface AlarmState {
  name: string
  /** `OK`, `ALARM` or `INSUFFICIENT_DATA`. */
  state: string
}

/** Of the named alarms, metric and composite ones, those that exist. */
export async function alarmStates(options: {
  cloudwatch: CloudWatchClient
  names: string[]
}): Promise<AlarmState[]> {
  const { cloudwatch, names } = options
  if (names.length === 0) return []
  const { MetricAlarms = [], CompositeAlarms = [] } = await cloudwatch.send(
    new DescribeAlarmsCommand({
      AlarmNames: names,
      AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
    }),
  )
  return [...MetricAlarms, ...CompositeAlarms].map(({ AlarmName = '', StateValue = '' }) => ({
    name: AlarmName,
    state: StateValue,
  }))
}
