/** An inference script on its way into a model's archive; plain JSON, for workflows too. */

export interface Packing {
  /** A `tar.gz` of what becomes `code/`, by content. */
  code: { uri: string; sha256: string }
  /** Whether it replaces the archive's own `code/`, or is laid over it. */
  replacesCode: boolean
  /** In `code/`: what `SAGEMAKER_PROGRAM` names. */
  script: string
  /** The archive without the script, as it was when the deployment was asked for. */
  model: { uri: string; etag: string }
  /** Where the archive with the script goes. */
  into: string
  /** Of that archive. */
  kmsKey?: string
}

/** Known before the version has a name: `into` is made from all the rest. */
export type PackingSources = Omit<Packing, 'into'>

/** Below `model.codeLocation`, or the default bucket: what deployments pack. */
export const servingPrefix = 'holdfast/serving'
