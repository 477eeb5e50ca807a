/** Requests of AWS's query protocol: a form whose names are paths, such as `Dimensions.member.1.Name`. */

import { AwsError } from './aws-error'
import type { Json } from './json'
import type { ServiceModel, Shape } from '../../aws/service-model/service-model'

/** What hangs under one part of the names; a leaf is a text. */
interface Branch {
  text?: string
  below: Map<string, Branch>
}

/**
 * Reads the form by the shape of the operation's input, as texts alone do not say what is a number.
 *
 * @example
 * readForm({ model: serviceModel('cloudwatch'), operation: 'ListMetrics', form: 'Namespace=Ours' })
 */
export function readForm(options: {
  model: ServiceModel
  operation: string
  form: URLSearchParams
}): Json {
  const { model, operation, form } = options
  const name = model.operations[operation]?.input
  const shape = name === null || name === undefined ? undefined : model.shapes[name]
  if (!shape) return Object.fromEntries(form)
  return structure({ model, shape, branch: treeOf(form), path: '' })
}

function treeOf(form: URLSearchParams): Branch {
  const root: Branch = { below: new Map() }
  for (const [name, value] of form) {
    let branch = root
    for (const part of name.split('.')) {
      const next = branch.below.get(part) ?? { below: new Map() }
      branch.below.set(part, next)
      branch = next
    }
    branch.text = value
  }
  return root
}

interface Place {
  model: ServiceModel
  shape: Shape
  branch: Branch
  path: string
}

function structure({ model, shape, branch, path }: Place): Json {
  const members = Object.entries(shape.members ?? {}).flatMap(([name, shapeName]) => {
    const below = branch.below.get(name)
    const inner = model.shapes[shapeName]
    if (!below || !inner) return []
    return [[name, read({ model, shape: inner, branch: below, path: joined(path, name) })] as const]
  })
  return Object.fromEntries(members)
}

function read(place: Place): unknown {
  const { shape, branch } = place
  if (shape.type === 'structure') return structure(place)
  if (shape.type === 'list') return listOf(place)
  return scalar({ ...place, text: branch.text ?? '' })
}

/** `Name.member.1`, `Name.member.2` and so on; an empty list is written as the name alone. */
function listOf({ model, shape, branch, path }: Place): unknown[] {
  const inner = model.shapes[shape.member ?? '']
  const members = branch.below.get('member')?.below ?? new Map<string, Branch>()
  if (!inner) return []
  return [...members]
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([index, below]) =>
      read({ model, shape: inner, branch: below, path: joined(path, `member.${index}`) }),
    )
}

function scalar({ shape, text, path }: Place & { text: string }): unknown {
  if (shape.type === 'string' || shape.type === 'blob') return text
  if (shape.type === 'boolean') return text === 'true'
  const value = shape.type === 'timestamp' ? Date.parse(text) / 1000 : Number(text)
  if (text.trim() !== '' && !Number.isNaN(value)) return value
  throw new AwsError({
    code: 'MalformedInput',
    message: `${path} must be of type ${shape.type}, not '${text}'`,
  })
}

function joined(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}
