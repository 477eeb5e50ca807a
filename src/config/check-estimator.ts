/** Arguments of the estimator that contradict each other, and those that Holdfast decides itself. */

import { isProfilerRule } from '../estimator/built-in-rules'
import type { Finding } from './fault'
import type { Raw } from './raw'
import { serviceShape } from './schema/service-values'

/** Arguments of the SDK that have no key, by their camelCase name: why, and what there is instead. */
export const ownArguments: Record<string, string> = {
  jobName: 'a run names its jobs itself, so that a retried create makes no second job',
  baseJobName: 'job names start with the name of the pipeline: say `name`',
  outputPath: 'a run keeps its output below its own prefix, with its manifest: say `storage`',
  codeLocation: 'a run keeps its code below its own prefix, by its content: say `storage`',
  sagemakerSession: 'say `storage.bucket`; region and credentials are those of the worker',
  wait: 'holdfast run waits; with --detach it does not',
  logs: 'holdfast logs shows them',
}

/** More telling than "unknown key". */
export function checkOwnArguments(raw: Raw): Finding[] {
  return raw.entries('train').flatMap(([key]): Finding[] => {
    const name = key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
    if (!Object.hasOwn(ownArguments, name)) return []
    return [
      {
        path: ['train', key],
        at: 'key',
        message: 'Holdfast decides this',
        hint: ownArguments[name],
      },
    ]
  })
}

export function checkEstimator(raw: Raw): Finding[] {
  return [...checkRegistry(raw), ...checkProfiler(raw), ...checkCollections(raw)]
}

function checkRegistry(raw: Raw): Finding[] {
  const path = ['train', 'trainingRepositoryCredentialsProviderArn']
  if (!raw.has(...path) || raw.value('train', 'trainingRepositoryAccessMode') === 'Vpc') return []
  return [
    {
      path,
      at: 'key',
      message: 'needs trainingRepositoryAccessMode: Vpc',
      hint: 'credentials are for a registry in your VPC',
    },
  ]
}

function checkProfiler(raw: Raw): Finding[] {
  if (!raw.flag('train', 'disableProfiler')) return []
  const rules = raw.list('train', 'rules')
  const profiles =
    raw.flag('train', 'profilerConfig', 'disableProfiler') === false ||
    rules.some((_, index) => {
      const kind = raw.text('train', 'rules', index, 'kind')
      const name = raw.text('train', 'rules', index, 'name') ?? ''
      return isProfilerRule({ name, ...(kind === 'profiler' && { kind }) })
    })
  if (!profiles) return []
  return [
    {
      path: ['train', 'disableProfiler'],
      message: 'contradicts profilerConfig or a profiler rule',
      hint: 'keep one of them',
    },
  ]
}

/** Collections of the hook and of all rules are sent as one list. */
function checkCollections(raw: Raw): Finding[] {
  const most = serviceShape('CollectionConfigurations').max ?? 20
  const lists = raw.list('train', 'rules').map((_, index) => {
    const own = raw.list('train', 'rules', index, 'collectionsToSave').length
    // A built-in rule brings one of its own.
    return Math.max(own, 1)
  })
  const hook = raw.list('train', 'debuggerHookConfig', 'collectionConfigs').length
  const all = lists.reduce((sum, count) => sum + count, hook)
  if (all <= most) return []
  return [
    {
      path: ['train', hook > most - 1 ? 'debuggerHookConfig' : 'rules'],
      at: 'key',
      message: `${all} collections of tensors; SageMaker takes ${most}`,
      hint: 'save fewer collections, or drop rules',
    },
  ]
}
