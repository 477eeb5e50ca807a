import { buildManifest, parseManifest, sortEntries } from '../../src/manifest'

const sha256 = 'a'.repeat(64)
const files = [
  { path: 'train/b.arrow', size: 2, sha256 },
  { path: 'train/a.arrow', size: 1, sha256 },
]

test('a manifest lists its files by path and survives writing and parsing', () => {
  const manifest = buildManifest({
    kind: 'dataset',
    createdAt: new Date(0),
    files,
    details: { key: 'k' },
  })
  expect(manifest.files.map(({ path }) => path)).toEqual(['train/a.arrow', 'train/b.arrow'])
  expect(parseManifest(JSON.stringify(manifest))).toEqual(manifest)
  expect(parseManifest(Buffer.from(JSON.stringify(manifest)))).toMatchObject({
    version: 1,
    key: 'k',
  })
})

test('entries are sorted by code unit and the input is left alone', () => {
  const entries = ['b', 'Z', 'a/x', 'a'].map((path) => ({ path, size: 0, sha256 }))
  expect(sortEntries(entries).map(({ path }) => path)).toEqual(['Z', 'a', 'a/x', 'b'])
  expect(entries[0]?.path).toBe('b')
})

test('every fault of a manifest is named at once', () => {
  const bad = {
    version: 0,
    files: [
      { path: '../escape', size: 1, sha256 },
      { path: '/absolute', size: 1, sha256 },
      { path: 'negative', size: -1, sha256 },
      { path: 'short', size: 1, sha256: 'abc' },
      { path: 'twice', size: 1, sha256 },
      { path: 'twice', size: 1, sha256 },
      null,
    ],
  }
  const parse = () => parseManifest(JSON.stringify(bad), 's3://bucket/manifest.json')
  expect(parse).toThrow(/version is 0, not 1.*kind is missing.*createdAt/)
  expect(parse).toThrow(/escape.*absolute.*negative.*short.*repeats.*files\[6\] is not an object/)
  expect(parse).toThrow(/s3:\/\/bucket\/manifest.json/)
})

test('a manifest of a later format is refused as such', () => {
  const later = { version: 2, kind: 'model', parts: {} }
  expect(() => parseManifest(JSON.stringify(later))).toThrow(/of format 2.*reads format 1/)
})

test.each(['', '[]', '{', '{"version":1,"kind":"x","createdAt":"2026-01-01T00:00:00Z"}'])(
  'what is no manifest is refused: %s',
  (text) => expect(() => parseManifest(text)).toThrow(/the manifest cannot be trusted/),
)
