/** The instances of a job's cluster, each of which is a tree and a process of its own here. */

import type { JobRecord } from './job'
import { trainingRequestOf, type Channel } from './job-request'

export interface Host {
  /** `algo-1`, `algo-2`, ... over all instance groups. */
  name: string
  group: string
  instanceType: string
}

/** The name that the service gives to the one group of a cluster without groups. */
const onlyGroup = 'homogeneousCluster'

export const firstHost = 'algo-1'

/**
 * The first one is `algo-1`. A processing job has one host here.
 *
 * @example
 * hostsOf(job).map((host) => host.name) // ['algo-1', 'algo-2']
 */
export function hostsOf(job: JobRecord): [Host, ...Host[]] {
  const { InstanceGroups, InstanceType, InstanceCount } =
    (job.kind === 'training' ? trainingRequestOf(job).ResourceConfig : undefined) ?? {}
  const groups = InstanceGroups?.length
    ? InstanceGroups
    : [{ InstanceGroupName: onlyGroup, InstanceType, InstanceCount }]
  const hosts = groups.flatMap((group) =>
    Array.from({ length: group.InstanceCount ?? 1 }, () => ({
      group: group.InstanceGroupName,
      instanceType: group.InstanceType ?? 'local',
    })),
  )
  const [first, ...others] = hosts.map((host, index) => ({ ...host, name: `algo-${index + 1}` }))
  // A group of no instances is refused by the service model.
  return [first ?? { name: firstHost, group: onlyGroup, instanceType: 'local' }, ...others]
}

/** A channel without groups is for every host. */
export function hostsOfChannel(channel: Channel, hosts: readonly Host[]): Host[] {
  const groups = channel.DataSource?.S3DataSource?.InstanceGroupNames ?? []
  return hosts.filter((host) => groups.length === 0 || groups.includes(host.group))
}
