import { colorsFor } from '../../../src/cli/colors'
import { formatChecks } from '../../../src/cli/format-checks'

const colors = colorsFor({}, {})

test('doctor shows what is well, what could be better, and how to mend what is not', () => {
  const lines = formatChecks(
    [
      { name: 'node', ok: true, level: 'ok', detail: '20.20.2' },
      { name: 'compiler', ok: true, level: 'warn', detail: 'none', hint: 'install one' },
      { name: 'disk', ok: false, level: 'fail', detail: '1 GB free', hint: 'free some space' },
    ],
    colors,
  )
  expect(lines).toEqual([
    '✓ node      20.20.2',
    '! compiler  none',
    '            fix: install one',
    '✗ disk      1 GB free',
    '            fix: free some space',
    '',
    '1 of 3 must be mended first.',
  ])
})

test('a machine on which nothing must be mended is ready', () => {
  const check = { name: 'node', ok: true, level: 'ok', detail: '20' } as const
  expect(formatChecks([check], colors).at(-1)).toBe('Ready.')
})
