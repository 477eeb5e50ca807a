/** Channels of the user's own, against each other and those that a run adds. */

import type { Finding } from './fault'
import type { Raw } from './raw'
import { serviceShape } from './schema/service-values'

export function checkChannels(raw: Raw): Finding[] {
  const single = ['s3Data', 'fileSystemId'].find((key) => raw.has('train', 'inputs', key))
  if (single !== undefined) {
    return [
      {
        path: ['train', 'inputs', single],
        at: 'key',
        message: 'a channel has a name',
        hint: 'write inputs: { training: { … } }',
      },
    ]
  }
  return [...checkNames(raw), ...checkModelChannel(raw), ...checkNumber(raw), ...checkNetwork(raw)]
}

/** Names that a run takes, by what takes them. */
function taken(raw: Raw): Map<string, string> {
  const names = new Map<string, string>()
  if (raw.has('dataset')) {
    for (const name of ['train', 'test', 'validation']) names.set(name, 'the dataset')
  }
  if (raw.has('model')) names.set('model', 'the model')
  if (raw.has('train', 'modelUri')) {
    names.set(raw.text('train', 'modelChannelName') ?? 'model', 'train.modelUri')
  }
  if (raw.flag('train', 'enableNetworkIsolation')) names.set('code', 'the code')
  return names
}

function checkNames(raw: Raw): Finding[] {
  const names = taken(raw)
  const own =
    typeof raw.value('train', 'inputs') === 'string'
      ? []
      : raw.entries('train', 'inputs').map(([name]) => name)
  return own
    .filter((name) => names.has(name))
    .map((name): Finding => ({
      path: ['train', 'inputs', name],
      at: 'key',
      message: `this channel is taken by ${names.get(name) ?? ''}`,
      hint: 'choose another name',
    }))
}

function checkModelChannel(raw: Raw): Finding[] {
  const path = ['train', 'modelChannelName']
  if (raw.has(...path) && !raw.has('train', 'modelUri')) {
    return [
      { path, at: 'key', message: 'needs modelUri', hint: 'it names the channel of modelUri' },
    ]
  }
  if (!raw.has('train', 'modelUri')) return []
  const name = raw.text(...path) ?? 'model'
  const reserved = ['code', ...(raw.has('model') ? ['model'] : [])]
  const ofDataset = raw.has('dataset') ? ['train', 'test', 'validation'] : []
  if (![...reserved, ...ofDataset].includes(name)) return []
  return [
    {
      path: raw.has(...path) ? path : ['train', 'modelUri'],
      at: raw.has(...path) ? 'value' : 'key',
      message: `its channel would be named ${name}, which a run takes itself`,
      hint: 'give it another by modelChannelName',
    },
  ]
}

function checkNumber(raw: Raw): Finding[] {
  const most = serviceShape('InputDataConfig').max ?? 20
  // The dataset has three channels at most; the model, modelUri and the code one each.
  const added = raw.has('dataset') ? 6 : 3
  const own = raw.entries('train', 'inputs').length
  if (own + added <= most) return []
  return [
    {
      path: ['train', 'inputs'],
      at: 'key',
      message: `${own} channels; ${most - added} are left of SageMaker's ${most}`,
    },
  ]
}

function checkNetwork(raw: Raw): Finding[] {
  if (raw.has('train', 'subnets')) return []
  return raw
    .entries('train', 'inputs')
    .filter(([name]) => raw.has('train', 'inputs', name, 'fileSystemId'))
    .map(([name]): Finding => ({
      path: ['train', 'inputs', name, 'fileSystemId'],
      message: 'a file system is reached by way of its VPC',
      hint: 'add train.subnets and train.securityGroupIds',
    }))
}
