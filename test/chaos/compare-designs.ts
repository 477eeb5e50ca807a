import { formatStorm, type Report } from './format-report'
import { mutateTree } from './mutated-tree'
import { naiveDesign } from './naive'
import { storm, type StormOptions, type StormResult } from './storm'

/** What is compared, of each design. */
interface Score {
  pipelines: number
  completed: number
  kills: number
  jobs: number
  lost: number
  duplicatedJobs: number
  duplicatePublishes: number
}

/** The same seeded storm for the naive design and for this one: the former must break, the latter not. */
export async function compareDesigns(options: StormOptions): Promise<Report> {
  const naiveTree = await mutateTree(naiveDesign)
  const before = await storm({ ...options, plain: true, tree: naiveTree.root }).finally(
    naiveTree.remove,
  )
  const after = await storm({ ...options, plain: true })
  const naive = formatStorm(before)
  const ours = formatStorm(after)
  const passed = (naive.failed > 0 ? 1 : 0) + (ours.failed === 0 ? 1 : 0)
  const text = [
    'The naive design:',
    naive.text,
    '',
    'This design:',
    ours.text,
    '',
    `${passed} passed, ${2 - passed} failed`,
  ].join('\n')
  const result = {
    kind: 'naive' as const,
    seed: options.seed,
    naive: scoreOf(before),
    ours: scoreOf(after),
  }
  return { text, passed, failed: 2 - passed, result }
}

function scoreOf({ pipelines, kills, audit }: StormResult): Score {
  const count = (invariant: string) =>
    audit.violations.filter((violation) => violation.invariant === invariant).length
  return {
    pipelines,
    completed: audit.endings.completed ?? 0,
    kills: kills.workers + kills.servers + kills.jobs,
    jobs: audit.jobs,
    lost: audit.lost,
    duplicatedJobs: count('I1'),
    duplicatePublishes: count('I4'),
  }
}
