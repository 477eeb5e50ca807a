/** Instances, placements and groups of a heterogeneous cluster. */

import type { ConfigPath, Finding } from './fault'
import type { Raw } from './raw'
import { serviceShape } from './schema/service-values'

export function checkInstances(raw: Raw): Finding[] {
  return [
    ...(raw.has('train', 'instanceGroups') ? checkGroups(raw) : checkPlacements(raw)),
    ...checkGroupNames(raw),
    ...checkProcessors(raw),
    ...checkEvaluation(raw),
  ]
}

function checkPlacements(raw: Raw): Finding[] {
  const findings: Finding[] = []
  const placements = raw.list('train', 'placements')
  const none = placements.length === 0 && !raw.has('train', 'instanceType')
  if (none && raw.entries('train').length > 0) {
    findings.push({
      path: ['train', 'instanceType'],
      at: 'key',
      message: 'required, but missing',
      hint: 'such as ml.g5.xlarge; or placements',
    })
  }
  for (const key of ['instanceType', 'useSpotInstances']) {
    const own = raw.value('train', key)
    const first =
      raw.value('train', 'placements', 0, key) ?? (key === 'useSpotInstances' ? true : undefined)
    if (placements.length > 0 && own !== undefined && first !== undefined && own !== first) {
      findings.push({
        path: ['train', key],
        message: `contradicts the first of placements (${JSON.stringify(first)})`,
        hint: `remove ${key}: placements say it all`,
      })
    }
  }
  return findings
}

function checkGroups(raw: Raw): Finding[] {
  const findings = ['instanceType', 'instanceCount', 'placements']
    .filter((key) => raw.has('train', key))
    .map((key): Finding => ({
      path: ['train', key],
      at: 'key',
      message: 'not beside instanceGroups, which say it',
      hint: `remove ${key} or instanceGroups`,
    }))
  if (!raw.has('train', 'imageUri')) {
    findings.push({
      path: ['train', 'instanceGroups'],
      at: 'key',
      message: 'needs imageUri: groups of different instances have no image of the table in common',
      hint: 'give the imageUri that all groups run',
    })
  }
  const names = groupNames(raw)
  names.forEach((name, index) => {
    if (names.indexOf(name) === index) return
    const path = ['train', 'instanceGroups', index, 'instanceGroupName']
    findings.push({ path, message: 'this group is given twice' })
  })
  return findings
}

function groupNames(raw: Raw): unknown[] {
  return raw
    .list('train', 'instanceGroups')
    .map((_, index) => raw.value('train', 'instanceGroups', index, 'instanceGroupName'))
}

/** Groups that a channel or the distribution names. */
function checkGroupNames(raw: Raw): Finding[] {
  const known = groupNames(raw)
  const lists: ConfigPath[] = [
    ['train', 'distribution', 'instance_groups'],
    ...raw
      .entries('train', 'inputs')
      .map(([name]): ConfigPath => ['train', 'inputs', name, 'instanceGroups']),
  ]
  return lists.flatMap((path) =>
    raw.list(...path).flatMap((name, index): Finding[] =>
      known.includes(name)
        ? []
        : [
            {
              path: [...path, index],
              message: 'no such instance group',
              hint: known.length > 0 ? `groups: ${known.join(', ')}` : 'add train.instanceGroups',
            },
          ],
    ),
  )
}

function checkProcessors(raw: Raw): Finding[] {
  if (raw.has('train', 'imageUri')) return []
  const placements = raw.list('train', 'placements')
  const paths: ConfigPath[] = [
    ['train', 'instanceType'],
    ...placements.map((_, index): ConfigPath => ['train', 'placements', index, 'instanceType']),
    ['evaluate', 'instanceType'],
  ]
  return paths.flatMap((path): Finding[] => {
    const family = /^ml\.([a-z0-9-]+)\.[a-z0-9]+$/.exec(raw.text(...path) ?? '')?.[1]
    // The image table has GPU images only; the SDK reads the processor off the family's letter too.
    if (family === undefined || /^(g|p|trn)\d/.test(family)) return []
    return [
      {
        path,
        message: 'a CPU instance, and the Hugging Face training images are for GPU only',
        hint: 'use a GPU instance such as ml.g5.xlarge, or give an imageUri that runs on CPU',
      },
    ]
  })
}

/** The evaluation is a processing job, and not every training instance has those. */
function checkEvaluation(raw: Raw): Finding[] {
  if (!raw.has('dataset') || raw.has('evaluate', 'instanceType')) return []
  const type =
    raw.text('train', 'instanceGroups', 0, 'instanceType') ??
    raw.text('train', 'placements', 0, 'instanceType') ??
    raw.text('train', 'instanceType')
  const known = serviceShape('TrainingInstanceType').enum ?? []
  if (type === undefined || !known.includes(type)) return []
  if (serviceShape('ProcessingInstanceType').enum?.includes(type)) return []
  return [
    {
      path: ['evaluate', 'instanceType'],
      at: 'key',
      message: `needed: SageMaker has no processing jobs on ${type}, which trains`,
      hint: 'such as ml.g5.xlarge',
    },
  ]
}
