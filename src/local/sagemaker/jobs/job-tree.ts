/** The folders of one host of a job, laid out as /opt/ml is in the container. */

import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { firstHost, hostsOfChannel, type Host } from './host'
import { JobFailure } from './job'
import type { ProcessingRequest, TrainingRequest } from './job-request'

export interface JobTree {
  /** The job's own folder: job.json and, of the first host, ml/ and run-<attempt>/. */
  folder: string
  /** Seen by the script as /opt/ml. */
  ml: string
  /** The files of one start: pid, exit code, output. Outside `ml`, so that no script can touch them. */
  run(attempt: number): string
  /** The real place of a path below /opt/ml. */
  real(containerPath: string): string
}

export const containerRoot = '/opt/ml'

/** Those of a further host have its name: ml-algo-2/, run-<attempt>-algo-2/. */
export function jobTree(folder: string, host: string): JobTree {
  const suffix = host === firstHost ? '' : `-${host}`
  const ml = join(folder, `ml${suffix}`)
  return {
    folder,
    ml,
    run: (attempt) => join(folder, `run-${attempt}${suffix}`),
    real(containerPath) {
      const inside =
        containerPath === containerRoot || containerPath.startsWith(`${containerRoot}/`)
      if (!inside || containerPath.split('/').includes('..')) {
        throw new JobFailure(
          `ClientError: sagemaker-local has only the paths below ${containerRoot}, not ${containerPath}`,
        )
      }
      return join(ml, containerPath.slice(containerRoot.length))
    },
  }
}

/** A new instance has an empty disk: whatever an earlier attempt left is gone, as on SageMaker. */
export async function emptyTree(tree: JobTree): Promise<void> {
  await rm(tree.ml, { recursive: true, force: true })
  for (const path of [
    'input/config',
    'input/data',
    'code',
    'model',
    'checkpoints',
    'output/data',
  ]) {
    await mkdir(join(tree.ml, path), { recursive: true })
  }
}

/** The three files that the service writes below /opt/ml/input/config of each host. */
export async function writeTrainingConfig(options: {
  tree: JobTree
  request: TrainingRequest
  host: Host
  hosts: readonly Host[]
  rewrite: (text: string) => string
}): Promise<void> {
  const { tree, request, host, hosts, rewrite } = options
  const channels = request.InputDataConfig.filter((channel) =>
    hostsOfChannel(channel, hosts).includes(host),
  )
  const hyperparameters = Object.fromEntries(
    Object.entries(request.HyperParameters).map(([key, value]) => [key, rewrite(value)]),
  )
  const inputs = Object.fromEntries(
    channels.map((channel) => [
      channel.ChannelName,
      {
        ...(channel.ContentType === undefined ? {} : { ContentType: channel.ContentType }),
        TrainingInputMode:
          channel.InputMode ?? request.AlgorithmSpecification?.TrainingInputMode ?? 'File',
        S3DistributionType:
          channel.DataSource?.S3DataSource?.S3DataDistributionType ?? 'FullyReplicated',
        RecordWrapperType: channel.RecordWrapperType ?? 'None',
      },
    ]),
  )
  const resources = resourcesOf({ host, hosts })
  const config = join(tree.ml, 'input', 'config')
  await writeFile(join(config, 'hyperparameters.json'), JSON.stringify(hyperparameters))
  await writeFile(join(config, 'inputdataconfig.json'), JSON.stringify(inputs))
  await writeFile(join(config, 'resourceconfig.json'), JSON.stringify(resources))
}

function resourcesOf(options: { host: Host; hosts: readonly Host[] }) {
  const { host, hosts } = options
  const groups = [...new Set(hosts.map(({ group }) => group))].map((group) => {
    const members = hosts.filter((each) => each.group === group)
    return {
      instance_group_name: group,
      instance_type: members[0]?.instanceType,
      hosts: members.map(({ name }) => name),
    }
  })
  return {
    current_host: host.name,
    current_instance_type: host.instanceType,
    current_group_name: host.group,
    hosts: hosts.map(({ name }) => name),
    instance_groups: groups,
    network_interface_name: 'eth0',
  }
}

/** The files that the service writes below /opt/ml/config for a processing job. */
export async function writeProcessingConfig(options: {
  tree: JobTree
  request: ProcessingRequest
}): Promise<void> {
  const config = join(options.tree.ml, 'config')
  await mkdir(config, { recursive: true })
  await writeFile(join(config, 'processingjobconfig.json'), JSON.stringify(options.request))
  await writeFile(
    join(config, 'resourceconfig.json'),
    JSON.stringify({ current_host: 'algo-1', hosts: ['algo-1'] }),
  )
}
