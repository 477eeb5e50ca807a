/** What other tools' sweep files say and ours cannot: named, with what there is instead. */

import { markedFloat } from '../estimator/python-json'
import type { ConfigPath, Finding } from './fault'
import type { Raw } from './raw'

const methods = 'grid, random and sobol are in this version'

const keys: Record<string, string> = {
  early_terminate:
    'every trial trains to its end; train.maxRun of the pipeline bounds each of them',
  budget:
    'runCap, parallel and train.maxRun of the pipeline bound what is spent; holdfast sweep plan prints it',
  objectives: 'one objective: metric: { name: eval_accuracy, goal: maximize }',
  warm_start: 'a sweep starts afresh; holdfast sweep extend adds trials to one',
  enqueue: 'values of your own are a grid: method: grid with those values',
  command: "the pipeline's train.entryPoint is what runs",
  program: "the pipeline's train.entryPoint is what runs",
}

const searchMethods = [
  'bayes',
  'bayesian',
  'tpe',
  'gp',
  'cmaes',
  'nsga2',
  'amt',
  'hyperband',
  'asha',
]

/** W&B's distributions that we lack, or whose limits are exponents of e there. */
const exponents = ['log_uniform', 'q_log_uniform', 'inv_log_uniform']
const lacking: Record<string, string> = {
  beta: 'uniform or q_uniform is nearest',
  q_beta: 'uniform or q_uniform is nearest',
  categorical_w_probabilities: 'values with probabilities beside them, and no distribution',
}

export function checkForeignKeys(raw: Raw): Finding[] {
  return [
    ...raw.entries().flatMap(([key]): Finding[] => {
      const known = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
      if (!Object.hasOwn(keys, known)) return []
      return [{ path: [key], at: 'key', message: 'not in this version', hint: keys[known] }]
    }),
    ...checkMethod(raw),
    ...raw
      .entries('parameters')
      .flatMap(([name, value]) => checkParameter({ raw, path: ['parameters', name], value })),
  ]
}

function checkMethod(raw: Raw): Finding[] {
  const method = raw.text('method')
  if (method === undefined || !searchMethods.includes(method.toLowerCase())) return []
  const message = `${method.toLowerCase()} is not in this version`
  return [{ path: ['method'], message, hint: `${methods}; sobol needs the fewest trials` }]
}

function checkParameter({
  raw,
  path,
  value,
}: {
  raw: Raw
  path: ConfigPath
  value: unknown
}): Finding[] {
  const short = shorthand(value)
  if (short !== undefined) {
    return [{ path, message: 'expected a mapping', hint: `write it as ${short}` }]
  }
  const findings: Finding[] = []
  if (raw.has(...path, 'parameters')) {
    findings.push({
      path: [...path, 'parameters'],
      at: 'key',
      message: 'nested parameters are not in this version',
      hint: 'hyperparameters are flat: give each its own entry',
    })
  }
  const distribution = raw.text(...path, 'distribution')
  if (distribution === undefined) return findings
  const at: ConfigPath = [...path, 'distribution']
  if (exponents.includes(distribution)) {
    findings.push({
      path: at,
      message: `W&B's ${distribution} takes exponents of e as min and max, which is easily mistaken`,
      hint: inValues({ raw, path, distribution }),
    })
  } else if (Object.hasOwn(lacking, distribution)) {
    findings.push({
      path: at,
      message: `${distribution} is not in this version`,
      hint: lacking[distribution],
    })
  }
  return findings
}

/** `lr: 0.1` and `lr: [1, 2]` as they should be written. */
function shorthand(value: unknown): string | undefined {
  if (Array.isArray(value)) return '{ values: […] }'
  return typeof value === 'object' ? undefined : '{ value: … }'
}

/** The same distribution with the values themselves as limits. */
function inValues({
  raw,
  path,
  distribution,
}: {
  raw: Raw
  path: ConfigPath
  distribution: string
}): string {
  const name = `${distribution}_values`
  const [min, max] = ['min', 'max'].map((key) => {
    const value = raw.value(...path, key)
    return markedFloat(value) ?? (typeof value === 'number' ? value : undefined)
  })
  if (min === undefined || max === undefined) return `use ${name}, with the values themselves`
  const [least, most] = distribution.startsWith('inv') ? [-max, -min] : [min, max]
  const [from, to] = [Math.exp(least), Math.exp(most)]
  if (!(from > 0 && Number.isFinite(to))) return `use ${name}, with the values themselves`
  const same = `{ distribution: ${name}, min: ${three(from)}, max: ${three(to)} }`
  return min > 0
    ? `the same in values: ${same}; if ${min} and ${max} are the values themselves, use ${name} with them`
    : `the same in values: ${same}`
}

function three(value: number): string {
  return String(Number(value.toPrecision(3)))
}
