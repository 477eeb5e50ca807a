import { ownerTag, parseOwnerTag } from '../aws/names'
import { deploymentIdOf } from './release'

/**
 * What says, as the tag `holdfast:owner`, that an endpoint, or what it is made of, belongs to a
 * namespace's Holdfast. Many workflows change one endpoint, one after the other; it belongs to none of
 * them, so there is no first run.
 */
export function endpointOwnerTag(options: { namespaceId: string; endpointName: string }): string {
  const { namespaceId, endpointName } = options
  return ownerTag({ namespaceId, workflowId: deploymentIdOf(endpointName), firstRunId: 'endpoint' })
}

/** The namespace that an endpoint belongs to; null: it is not Holdfast's. */
export function namespaceOfEndpoint(options: {
  endpointName: string
  /** Its `holdfast:owner`. */
  tag: string | undefined
}): string | null {
  const { endpointName, tag = '' } = options
  const namespaceId = parseOwnerTag({ tag })?.namespaceId
  if (namespaceId === undefined) return null
  return tag === endpointOwnerTag({ namespaceId, endpointName }) ? namespaceId : null
}
