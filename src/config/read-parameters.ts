/** A sweep's `parameters`: every distribution, and the conditions that tie them together. */

import type { Distribution, SearchParameter } from '../sweep/resolved-sweep'
import { levelsOf } from '../sweep/levels'
import { sameValue } from '../sweep/same-value'
import { didYouMean } from './did-you-mean'
import type { ConfigPath, Finding } from './fault'
import type { Raw } from './raw'
import { readDistribution } from './read-distribution'
import type { Hyperparameter } from './resolved-pipeline'

export interface ReadParameters {
  /** The sane ones, in the order of the file. */
  parameters: SearchParameter[]
  findings: Finding[]
  /** Whether every entry is sane, so that the space as a whole can be counted. */
  complete: boolean
}

type Conditions = Map<string, Hyperparameter[]>

export function readParameters(raw: Raw): ReadParameters {
  const names = raw.entries('parameters').map(([name]) => name)
  const findings: Finding[] = []
  const parameters: SearchParameter[] = []
  const conditions = new Map<string, Conditions>()
  for (const [index, name] of names.entries()) {
    const read = readDistribution({ raw, path: ['parameters', name] })
    const when = readWhen({ raw, name, earlier: names.slice(0, index), names, parameters })
    findings.push(...read.findings, ...when.findings)
    const all = joined({ name, when: when.when, conditions })
    conditions.set(name, all.conditions)
    findings.push(...all.findings)
    if (read.distribution === undefined) continue
    const conditional = Object.keys(when.when).length > 0
    parameters.push({
      name,
      distribution: read.distribution,
      ...(conditional ? { when: when.when } : {}),
    })
  }
  const complete = findings.length === 0 && parameters.length === names.length
  return { parameters, findings, complete }
}

interface ReadWhen {
  raw: Raw
  name: string
  earlier: string[]
  names: string[]
  /** The earlier ones that are sane. */
  parameters: SearchParameter[]
}

/** The conditions, each with the values as the earlier parameter has them: `1` may mean its `1.0`. */
function readWhen({ raw, name, earlier, names, parameters }: ReadWhen): {
  when: Record<string, Hyperparameter[]>
  findings: Finding[]
} {
  const base: ConfigPath = ['parameters', name, 'when']
  const findings: Finding[] = []
  const when: Record<string, Hyperparameter[]> = {}
  for (const [other, written] of raw.entries(...base)) {
    const path = [...base, other]
    const wrong = wrongParent({ name, other, earlier, names })
    if (wrong) {
      findings.push({ path, at: 'key', ...wrong })
      continue
    }
    const distribution = parameters.find((each) => each.name === other)?.distribution
    // Its own fault is told already.
    if (!distribution) continue
    const wanted = (Array.isArray(written) ? written : [written]) as Hyperparameter[]
    const levels = levelsOf(distribution)
    if (levels === null) {
      findings.push({
        path,
        at: 'key',
        message: `${distribution.kind} has no values that could be counted`,
        hint: 'a condition needs values, int_uniform or q_uniform',
      })
      continue
    }
    if (wanted.length === 0) findings.push({ path, message: 'no value: it would never apply' })
    const found: Hyperparameter[] = []
    wanted.forEach((value, index) => {
      const level = levels.indexOf(value)
      if (level >= 0) {
        found.push(levels.at(level))
        return
      }
      findings.push({
        path: Array.isArray(written) ? [...path, index] : path,
        message: `${other} never has this value`,
        hint: `its values: ${sample(distribution)}`,
      })
    })
    when[other] = found
  }
  return { when, findings }
}

function wrongParent({
  name,
  other,
  earlier,
  names,
}: Pick<ReadWhen, 'name' | 'earlier' | 'names'> & { other: string }):
  { message: string; hint: string } | undefined {
  if (earlier.includes(other)) return undefined
  if (other === name) return { message: 'a condition on itself', hint: 'name an earlier parameter' }
  if (names.includes(other)) {
    return { message: 'a later parameter', hint: `move "${other}" above "${name}"` }
  }
  const near = didYouMean(other, earlier)
  return {
    message: 'no such parameter',
    hint: near
      ? `did you mean "${near}"?`
      : earlier.length > 0
        ? `earlier ones: ${earlier.slice(0, 12).join(', ')}`
        : 'there is no earlier one',
  }
}

function sample(distribution: Distribution): string {
  const levels = levelsOf(distribution)
  const count = levels?.count ?? 0
  const shown = Array.from({ length: Math.min(count, 6) }, (_, index) => plain(levels?.at(index)))
  return `${shown.join(', ')}${count > shown.length ? ', …' : ''}`
}

function plain(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && '__float__' in each ? each.__float__ : each,
  )
}

/** Conditions of a parameter and of those it depends on; a fault when they exclude one another. */
function joined({
  name,
  when,
  conditions,
}: {
  name: string
  when: Record<string, Hyperparameter[]>
  conditions: ReadonlyMap<string, Conditions>
}): { conditions: Conditions; findings: Finding[] } {
  const all: Conditions = new Map(Object.entries(when))
  const findings: Finding[] = []
  for (const parent of Object.keys(when)) {
    for (const [other, values] of conditions.get(parent) ?? []) {
      const own = all.get(other)
      const common = own
        ? own.filter((value) => values.some((each) => sameValue(each, value)))
        : values
      all.set(other, common)
      if (own && own.length > 0 && values.length > 0 && common.length === 0) {
        findings.push({
          path: ['parameters', name, 'when', parent],
          at: 'key',
          message: `can never be met: "${parent}" itself needs another value of "${other}"`,
          hint: `"${name}" would be in no trial`,
        })
      }
    }
  }
  return { conditions: all, findings }
}
