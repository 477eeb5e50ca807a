import type { Check } from '../local/doctor'
import { cleanLine } from './clean-text'
import type { Colors } from './colors'

/** `doctor` for people: a line per check, and below each that is not well how to mend it. */
export function formatChecks(checks: Check[], colors: Colors): string[] {
  const marks = { ok: colors.green('✓'), warn: colors.yellow('!'), fail: colors.red('✗') }
  const width = Math.max(0, ...checks.map(({ name }) => name.length))
  const lines = checks.flatMap(({ name, level, detail, hint }) => [
    `${marks[level]} ${name.padEnd(width)}  ${cleanLine(detail)}`,
    ...(hint ? [`  ${' '.repeat(width)}  ${colors.cyan('fix:')} ${cleanLine(hint)}`] : []),
  ])
  const failed = checks.filter(({ level }) => level === 'fail').length
  const verdict = failed === 0 ? 'Ready.' : `${failed} of ${checks.length} must be mended first.`
  return [...lines, '', verdict]
}
