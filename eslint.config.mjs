import tseslint from 'typescript-eslint'

const nodeBuiltIns = [
  'node:*',
  'fs',
  'path',
  'os',
  'crypto',
  'child_process',
  'http',
  'https',
  'net',
]

export default tseslint.config(
  {
    ignores: [
      'dist/**',
      '.holdfast/**',
      'node_modules/**',
      'coverage/**',
      '**/*.mjs',
      'jest.config.js',
      'jest.sequencer.js',
    ],
  },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      // An un-awaited activity is Temporal's classic bug; this rule alone catches it.
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
    },
  },
  {
    files: ['workflows/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: [
                ...nodeBuiltIns,
                'zod',
                '@aws-sdk/*',
                '@temporalio/worker',
                '@temporalio/client',
              ],
              allowTypeImports: true,
              message:
                'Workflows are deterministic: only @temporalio/workflow, types and pure modules.',
            },
            { group: ['**/activities/*', '**/activities'], allowTypeImports: true },
          ],
        },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/worker.ts', 'src/client/**', 'src/local/**', 'src/index.ts', 'src/build.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['**/activities/*', '**/activities', '**/workflows/*', '**/workflows'],
              message: 'src/ never imports activities/ or workflows/.',
            },
          ],
        },
      ],
    },
  },
)
