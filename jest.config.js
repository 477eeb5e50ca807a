// Its notice about Node 20 would stand between the results of every file.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true'

const common = {
  testEnvironment: 'node',
  transform: {
    '\\.[cm]?[jt]s$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  // Nothing we load under jest ships ES modules only: see test/src/esm-packages.test.ts.
  transformIgnorePatterns: ['/node_modules/', '\\.bundle\\.js$'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/.holdfast/'],
  // Lazy imports are written with the `.js` that Node asks for.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.holdfast/'],
}

const kinds = {
  // Pure functions, in milliseconds.
  pure: {
    testMatch: ['**/test/**/*.test.ts'],
    testPathIgnorePatterns: [...common.testPathIgnorePatterns, '\\.server\\.test\\.ts$'],
  },
  // Against the real local servers.
  server: { testMatch: ['**/test/**/*.server.test.ts'] },
  // Workflows under time skipping, with scripted activities; replay of stored histories.
  workflow: { testMatch: ['**/test/**/*.workflow.ts'] },
  // The whole pipeline on the local platform, with kills.
  e2e: { testMatch: ['**/test/e2e/*.e2e.ts'] },
}

module.exports = {
  maxWorkers: 2,
  // Milliseconds, for tests and hooks that name no other: a machine that is busy may stand still for longer
  // than jest's own five seconds.
  testTimeout: 60_000,
  testSequencer: './jest.sequencer.js',
  projects: Object.entries(kinds).map(([displayName, kind]) => ({
    ...common,
    displayName,
    ...kind,
  })),
}
