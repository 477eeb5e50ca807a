/**
 * What in a request belongs to another region: SageMaker would refuse it after the copies were paid
 * for, or read it across regions. Hyperparameters and variables are the script's own affair, tags the
 * user's.
 *
 * @example
 * strangersIn({ request, region: 'eu-west-1', bucket: 'sagemaker-eu-west-1-111122223333' })
 * // ['s3://sagemaker-us-east-1-111122223333/holdfast/…']
 */
export function strangersIn(options: {
  request: object
  region: string
  bucket: string
}): string[] {
  const { region, bucket } = options
  const { HyperParameters, ...others } = options.request as Record<string, unknown>
  const { sagemaker_submit_directory: code } = (HyperParameters ?? {}) as Record<string, string>
  // Hyperparameters are JSON.
  const submitted = code?.replace(/^"|"$/g, '')
  const read = Object.entries(others).filter(([name]) => !['Environment', 'Tags'].includes(name))
  const found = textsOf([read.map(([, value]) => value), submitted]).filter((text) => {
    if (text.startsWith('s3://'))
      return text !== `s3://${bucket}` && !text.startsWith(`s3://${bucket}/`)
    const named = regionNamedBy(text)
    return named !== null && named !== region
  })
  return [...new Set(found)]
}

/** The region of an ARN or of an image; null for a text that names none. */
export function regionNamedBy(text: string): string | null {
  const arn = /^arn:aws[a-z-]*:[a-z0-9-]+:([a-z]{2}[a-z0-9-]*-\d+):/.exec(text)
  const image = /^\d{12}\.dkr\.ecr\.([a-z0-9-]+)\./.exec(text)
  return arn?.[1] ?? image?.[1] ?? null
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(textsOf)
}
