import { serviceModel } from './service-model'

export interface UnknownField {
  /** Such as `ResourceConfig.InstanceKind`, or `Things[1].Name` in a list. */
  path: string
  name: string
  /** The fields that there are in its place. */
  known: string[]
}

/**
 * Fields of a value that the service model, as we carry it, does not have; at any depth. A newer
 * service may know them.
 *
 * @example
 * unknownFields({ value: { RoleARN: 'x' }, shape: 'CreateTrainingJobRequest' }) // path: 'RoleARN'
 */
export function unknownFields(options: {
  value: unknown
  shape: string
  path?: string
}): UnknownField[] {
  const { value, path = '' } = options
  const shape = serviceModel('sagemaker').shapes[options.shape]
  if (!shape || typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) {
    const member = shape.member ?? ''
    return value.flatMap((one, at) =>
      unknownFields({ value: one, shape: member, path: `${path}[${at}]` }),
    )
  }
  const { members = {} } = shape
  return Object.entries(value).flatMap(([name, inner]) => {
    const here = path === '' ? name : `${path}.${name}`
    if (shape.type === 'map')
      return unknownFields({ value: inner, shape: shape.value ?? '', path: here })
    if (shape.type !== 'structure') return []
    const member = Object.hasOwn(members, name) ? members[name] : undefined
    if (member === undefined) return [{ path: here, name, known: Object.keys(members) }]
    return unknownFields({ value: inner, shape: member, path: here })
  })
}
