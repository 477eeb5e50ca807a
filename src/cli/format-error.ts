import type { RunError } from '../run-state'
import { cleanLine } from './clean-text'
import type { Colors } from './colors'

/** What holds a run or sweep up; nothing where nothing does. */
export function formatProblem(problem: string | null, colors: Colors): string[] {
  return problem === null ? [] : [colors.yellow(`held up, and tried again: ${cleanLine(problem)}`)]
}

/** Why a run or sweep failed, what to do, and the end of the job's log where there is one. */
export function formatError(error: RunError | null, colors: Colors): string[] {
  if (!error) return []
  const lines = [`${colors.red('error:')} ${cleanLine(error.message)}`]
  if (error.where) lines.push(`  where: ${cleanLine(error.where)}`)
  if (error.hint) lines.push(`  fix:   ${cleanLine(error.hint)}`)
  lines.push(`  code:  ${error.code}`)
  const tail = error.logTail ?? []
  if (tail.length > 0) {
    lines.push('  the last lines of the job:')
    lines.push(...tail.map((line) => `    ${colors.dim('|')} ${cleanLine(line)}`))
  }
  return lines
}
