import { joinUri } from '../aws/s3-uri'
import type { PublishedModel } from '../config/resolve-deploy'

/** A published model in a plan: which version it is, and where its archive lies, is looked up later. */
export function plannedArchive(options: { root: string; published: PublishedModel }): string {
  const { root, published } = options
  const { name, version } = published
  const which = version === undefined ? '<champion>' : `<version ${version}>`
  return joinUri(root, 'models', name, which, 'model.tar.gz')
}
