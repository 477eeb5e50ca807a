/** Placements in another region: whether all that their jobs need can be there. */

import { regionNamedBy } from '../regions/strangers-in'
import type { ConfigPath, Finding } from './fault'
import { textsIn, type Raw } from './raw'

/** What another region has none of, and must be given for it. */
const ofOneRegion = ['imageUri', 'subnets', 'securityGroupIds', 'volumeKmsKey', 'outputKmsKey']
/** The script's own affair, or not the job's. */
const unread = ['hyperparameters', 'environment', 'metricDefinitions', 'tags', 'regions', 'inputs']

export function checkRegions(raw: Raw): Finding[] {
  const named = regionsOf(raw)
  if (named.size === 0) return unusedRegions(raw, named)
  return [
    ...unusedRegions(raw, named),
    ...missingThere(raw, named),
    ...unevenNetworks(raw, named),
    ...notOurs(raw),
  ]
}

/** By name, where a placement names it first. */
function regionsOf(raw: Raw): Map<string, ConfigPath> {
  const found = new Map<string, ConfigPath>()
  raw.list('train', 'placements').forEach((_, index) => {
    const path: ConfigPath = ['train', 'placements', index, 'region']
    const name = raw.text(...path)
    if (name !== undefined && !found.has(name)) found.set(name, path)
  })
  return found
}

function unusedRegions(raw: Raw, named: Map<string, ConfigPath>): Finding[] {
  return raw.entries('train', 'regions').flatMap(([name]): Finding[] =>
    named.has(name)
      ? []
      : [
          {
            path: ['train', 'regions', name],
            at: 'key',
            message: 'no placement names this region',
            hint: 'add `region:` to a placement, or remove this',
          },
        ],
  )
}

function missingThere(raw: Raw, named: Map<string, ConfigPath>): Finding[] {
  return [...named].flatMap(([region, path]): Finding[] => {
    const missing = ofOneRegion.filter(
      (key) => raw.has('train', key) && !raw.has('train', 'regions', region, key),
    )
    if (missing.length === 0) return []
    return [
      {
        path,
        message: `${missing.map((key) => `train.${key}`).join(', ')} cannot be used in ${region}`,
        hint: `say what they are there: train.regions.${region}.${missing[0] ?? ''}`,
      },
    ]
  })
}

function unevenNetworks(raw: Raw, named: Map<string, ConfigPath>): Finding[] {
  return [...named.keys()].flatMap((region) =>
    (
      [
        ['subnets', 'securityGroupIds'],
        ['securityGroupIds', 'subnets'],
      ] as const
    ).flatMap(([given, missing]): Finding[] => {
      const there: ConfigPath = ['train', 'regions', region]
      if (!raw.has(...there, given) || raw.has(...there, missing)) return []
      return [
        {
          path: [...there, given],
          at: 'key',
          message: `needs ${missing}`,
          hint: 'a VPC is told by both',
        },
      ]
    }),
  )
}

/** Holdfast copies what it made and vouches for; what lies elsewhere in S3 stays where it is. */
function notOurs(raw: Raw): Finding[] {
  const hint =
    'only the prepared dataset, code, a base model from a local folder, and checkpoints are copied to the region of a placement'
  const channels = raw.has('train', 'inputs')
    ? [{ path: ['train', 'inputs'] as ConfigPath, at: 'key' as const }]
    : []
  const model = raw.text('model')?.startsWith('s3://') ? [{ path: ['model'] as ConfigPath }] : []
  const texts = raw
    .entries('train')
    .filter(([key]) => !unread.includes(key) && !ofOneRegion.includes(key))
    .flatMap(([key, value]) => textsIn(value, ['train', key]))
    .filter(({ text, isKey }) => !isKey && (text.startsWith('s3://') || regionNamedBy(text)))
  return [...channels, ...model, ...texts.map(({ path }) => ({ path }))].map((place) => ({
    ...place,
    message: 'of one region alone, and a placement names another one',
    hint,
  }))
}
