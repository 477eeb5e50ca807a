import { execFileSync } from 'node:child_process'
import { formatExports } from '../../../src/cli/format-exports'

test('a shell reads back exactly the values, and runs nothing that is in them', () => {
  const value = `it's $(touch /nowhere/x) "quoted" \`id\` \\ end`
  const script = `${formatExports({ HOLDFAST_TEST: value }).join('\n')}\nprintf %s "$HOLDFAST_TEST"`
  expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' })).toBe(value)
})
