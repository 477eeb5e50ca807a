/** Names of what is not created yet: the generated part stands as `<time>` and `<unique>`. */

import type { AwsCall } from '../estimator/aws-call'
import type { ServingStamps } from '../estimator/hugging-face-model'

/** As long as real ones, so that names are cut where they will be. */
export const plannedStamps: ServingStamps = {
  stamp: '0000-00-00-00-00-00-000',
  unique: '<unique.......>',
}

/** @example readableNames(deployCalls({ ...options, ...plannedStamps })) */
export function readableNames(calls: AwsCall[]): AwsCall[] {
  return JSON.parse(JSON.stringify(calls), (_, value: unknown) =>
    typeof value === 'string' ? readable(value) : value,
  ) as AwsCall[]
}

function readable(name: string): string {
  return (
    name
      .replaceAll(plannedStamps.stamp, '<time>')
      // A stamp that was cut to make room for what follows it.
      .replace(/0000-00[-0]*(?=-<unique\.)/, '<time>')
      .replaceAll(plannedStamps.unique, '<unique>')
  )
}
