/** The paths of code that is still in a repository: by their words alone, since nothing is cloned yet. */

import { posix } from 'node:path'
import type { ConfigPath, Finding } from './fault'
import type { Raw } from './raw'

export function checkGitPaths(raw: Raw): Finding[] {
  const findings: Finding[] = []
  const check = (path: ConfigPath, written: unknown, hint: string) => {
    if (typeof written !== 'string' || written === '' || staysWithin(written)) return
    findings.push({ path, message: 'not a path within the repository', hint })
  }
  check(
    ['train', 'sourceDir'],
    raw.value('train', 'sourceDir'),
    'relative to the repository, such as examples/text-classification; "." is all of it',
  )
  raw.list('train', 'dependencies').forEach((dependency, index) => {
    check(['train', 'dependencies', index], dependency, 'relative to the repository')
  })
  const entryPoint = raw.text('train', 'entryPoint')
  check(['train', 'entryPoint'], entryPoint, 'relative to sourceDir')
  if (entryPoint !== undefined && !entryPoint.endsWith('.py')) {
    const hint = 'it must end in .py'
    findings.push({ path: ['train', 'entryPoint'], message: 'not a Python script', hint })
  }
  return findings
}

function staysWithin(path: string): boolean {
  const [first = ''] = posix.normalize(path).split('/')
  return !/^([/~\\-]|[a-z][a-z0-9+.-]*:\/\/)/i.test(path) && first !== '..' && !path.includes('\0')
}
