/** `s3://bucket/key` in two parts; the key has no leading slash and may be empty. */
export interface S3Location {
  bucket: string
  key: string
}

export function parseS3Uri(uri: string): S3Location | undefined {
  const match = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(uri)
  return match?.[1] ? { bucket: match[1], key: match[2] ?? '' } : undefined
}

/** Joins a prefix that may or may not end with a slash. */
export function under(location: S3Location, path: string): S3Location {
  const base = location.key.replace(/\/+$/, '')
  return { bucket: location.bucket, key: base === '' ? path : `${base}/${path}` }
}
