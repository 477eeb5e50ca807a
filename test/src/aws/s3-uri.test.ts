import { joinUri, parseS3Uri, s3Uri } from '../../../src/aws/s3-uri'

test.each([
  ['s3://bucket', { bucket: 'bucket', key: '' }],
  ['s3://bucket/', { bucket: 'bucket', key: '' }],
  ['s3://bucket/a/b c+ü', { bucket: 'bucket', key: 'a/b c+ü' }],
  ['s3://bucket/a/', { bucket: 'bucket', key: 'a/' }],
  ['s3://bucket/line\nbreak', { bucket: 'bucket', key: 'line\nbreak' }],
])('%j is taken apart', (uri, parts) => expect(parseS3Uri(uri)).toEqual(parts))

test.each(['', 'bucket/key', 's3:/bucket', 's3:///key', 'https://bucket/key', 'S3://bucket'])(
  '%j is refused',
  (uri) => expect(() => parseS3Uri(uri)).toThrow(/not an S3 URI/),
)

test('parts are joined by exactly one slash', () => {
  expect(s3Uri('bucket', '/a/', 'b', '', '/c')).toBe('s3://bucket/a/b/c')
  expect(s3Uri('bucket', '')).toBe('s3://bucket')
  expect(joinUri('s3://bucket/a//', '/b/', 'c')).toBe('s3://bucket/a/b/c')
})
