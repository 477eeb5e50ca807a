import type { SpotReadiness } from '../init/spot-readiness'
import type { Colors } from './colors'
import { cleanLine } from './clean-text'
import { wrapText } from './wrap-items'

/** `doctor SCRIPT` for people: the verdict, then a paragraph for each finding, the worst first. */
export function formatSpotReadiness(options: {
  script: string
  readiness: SpotReadiness
  colors: Colors
}): string[] {
  const { script, readiness, colors } = options
  const { verdict, findings } = readiness
  const paint = { ready: colors.green, 'ready with risk': colors.yellow, 'not ready': colors.red }
  const marks = { ok: colors.green('✓'), risk: colors.yellow('!'), stop: colors.red('✗') }
  const order = ['stop', 'risk', 'ok'] as const
  const lines = order.flatMap((level) =>
    findings
      .filter((finding) => finding.level === level)
      .flatMap(({ line, what, why, fix }) => [
        `${marks[level]} ${line === null ? '' : `line ${line}: `}${cleanLine(what)}`,
        ...(why ? wrapText({ text: cleanLine(why), indent: '    ' }) : []),
        ...(fix ? [`    ${colors.cyan('fix:')} ${cleanLine(fix)}`] : []),
      ]),
  )
  return [`${script} is ${paint[verdict](verdict)} for spot.`, '', ...lines]
}
