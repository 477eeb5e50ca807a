import { HoldfastError } from '../errors'

export interface S3Location {
  bucket: string
  /** Without a leading slash; empty for the bucket itself. */
  key: string
}

/** @example parseS3Uri('s3://bucket/a/b') // { bucket: 'bucket', key: 'a/b' } */
export function parseS3Uri(uri: string): S3Location {
  const match = /^s3:\/\/([^/]+)\/?(.*)$/s.exec(uri)
  if (!match) {
    throw new HoldfastError({
      code: 'E_S3_URI',
      what: `not an S3 URI: ${uri}`,
      hint: 'write s3://bucket/key',
    })
  }
  return { bucket: match[1] ?? '', key: match[2] ?? '' }
}

/** Joins without doubling or losing slashes. */
export function s3Uri(bucket: string, ...parts: string[]): string {
  return ['s3:/', bucket, ...parts.map(trimSlashes).filter((part) => part !== '')].join('/')
}

export function joinUri(base: string, ...parts: string[]): string {
  return [base.replace(/\/+$/, ''), ...parts.map(trimSlashes)].join('/')
}

function trimSlashes(text: string): string {
  return text.replace(/^\/+|\/+$/g, '')
}
