/**
 * One entry of a sweep's `parameters`: what W&B's keys mean together. It reads values that may be
 * wrong anywhere; what the schema says of a single value is not said again.
 */

import { markedFloat } from '../estimator/python-json'
import type { Distribution } from '../sweep/resolved-sweep'
import { levelsOf } from '../sweep/levels'
import { sameValue } from '../sweep/same-value'
import { checkHyperparameter } from './check-consistency'
import type { ConfigPath, Finding } from './fault'
import type { Raw } from './raw'
import type { Hyperparameter } from './resolved-pipeline'
import { distributionNames } from './sweep-schema'

type Kind = Distribution['kind']

const range = ['min', 'max']
const keysOf: Record<Kind, readonly string[]> = {
  constant: ['value'],
  categorical: ['values', 'probabilities'],
  int_uniform: range,
  int_log_uniform: range,
  uniform: range,
  log_uniform_values: range,
  inv_log_uniform_values: range,
  q_uniform: [...range, 'q'],
  q_log_uniform_values: [...range, 'q'],
  normal: ['mu', 'sigma'],
  log_normal: ['mu', 'sigma'],
  q_normal: ['mu', 'sigma', 'q'],
  q_log_normal: ['mu', 'sigma', 'q'],
}
/** The ones that W&B has defaults for, too. */
const optionalKeys = ['probabilities', 'mu', 'sigma', 'q']

/** Multiples of `q` that 12 significant digits, which is what values have, can tell apart. */
const mostMultiples = 1e11

/** Exponents beyond it are no numbers any more. */
const largestExponent = 700

export interface ReadDistribution {
  /** Absent when it has faults, be they told here or by the schema. */
  distribution?: Distribution
  findings: Finding[]
}

export function readDistribution({ raw, path }: { raw: Raw; path: ConfigPath }): ReadDistribution {
  const at = (...keys: ConfigPath): ConfigPath => [...path, ...keys]
  const given = ['value', 'values', ...range, 'mu', 'sigma', 'q', 'probabilities'].filter((key) =>
    raw.has(...at(key)),
  )
  const kind = raw.has(...at('distribution'))
    ? distributionNames.find((name) => name === raw.value(...at('distribution')))
    : inferKind({ raw, path, given })
  // The schema names a distribution that there is not.
  if (kind === undefined) return { findings: [] }
  if (typeof kind !== 'string') return { findings: [kind] }
  const findings = [
    ...given
      .filter((key) => !keysOf[kind].includes(key))
      .map((key): Finding => ({
        path: at(key),
        at: 'key',
        message: `has no meaning for ${kind}`,
        hint: contradictionHint(kind, key),
      })),
    ...keysOf[kind]
      .filter((key) => !optionalKeys.includes(key) && !given.includes(key))
      .map((key): Finding => ({
        path: at(key),
        at: 'key',
        message: `required for ${kind}, but missing`,
      })),
  ]
  const read = readKind({ raw, path, kind })
  const all = [...findings, ...read.findings]
  return all.length === 0 ? read : { findings: all }
}

/** W&B's inference: the kind, or why there is none; undefined where the schema says it. */
function inferKind({
  raw,
  path,
  given,
}: {
  raw: Raw
  path: ConfigPath
  given: string[]
}): Kind | Finding | undefined {
  if (given.includes('value')) return 'constant'
  if (given.includes('values')) return 'categorical'
  const hints: Record<string, string> = {
    q: 'distribution: q_uniform, q_log_uniform_values, q_normal or q_log_normal',
    mu: 'distribution: normal or log_normal',
    sigma: 'distribution: normal or log_normal',
  }
  const unclear = ['q', 'mu', 'sigma'].find((key) => given.includes(key))
  if (unclear !== undefined) {
    return {
      path: [...path, unclear],
      at: 'key',
      message: 'does not tell the distribution',
      hint: `add ${hints[unclear]}`,
    }
  }
  if (given.some((key) => range.includes(key))) {
    const whole = range.every((key) => isWhole(raw.value(...path, key)))
    return whole ? 'int_uniform' : 'uniform'
  }
  // No mapping, or a mistyped key: the schema says so.
  const written = raw.entries(...path)
  if (!isMapping(raw.value(...path)) || written.some(([key]) => key !== 'when')) return undefined
  return {
    path,
    at: 'key',
    message: 'says no values',
    hint: 'write values: [16, 32], or min and max, or value: 16',
  }
}

function isMapping(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Written as a whole number; 1.0 is not. */
function isWhole(value: unknown): boolean {
  return value === undefined || (typeof value === 'number' && Number.isInteger(value))
}

function contradictionHint(kind: Kind, key: string): string {
  if (kind === 'constant' || kind === 'categorical') {
    const own = kind === 'constant' ? 'value' : 'values'
    return `keep either ${own} or ${key}`
  }
  return `${kind} is told by ${keysOf[kind].join(', ')}`
}

interface Reading {
  raw: Raw
  path: ConfigPath
  kind: Kind
}

function readKind({ raw, path, kind }: Reading): ReadDistribution {
  switch (kind) {
    case 'constant': {
      const value = raw.value(...path, 'value')
      if (value === undefined) return { findings: [] }
      return settle(
        { kind, value: value as Hyperparameter },
        checkHyperparameter({ path: [...path, 'value'], value }),
      )
    }
    case 'categorical':
      return readCategorical({ raw, path })
    case 'normal':
    case 'log_normal':
    case 'q_normal':
    case 'q_log_normal':
      return readNormal({ raw, path, kind })
    default:
      return readRange({ raw, path, kind })
  }
}

function settle(distribution: Distribution, findings: Finding[]): ReadDistribution {
  return findings.length === 0 ? { distribution, findings } : { findings }
}

function readCategorical({ raw, path }: Omit<Reading, 'kind'>): ReadDistribution {
  const values = raw.list(...path, 'values') as Hyperparameter[]
  const at = (index: number): ConfigPath => [...path, 'values', index]
  const findings = values.flatMap((value, index) => checkHyperparameter({ path: at(index), value }))
  values.forEach((value, index) => {
    const first = values.findIndex((other) => sameValue(other, value))
    if (first < index) {
      findings.push({
        path: at(index),
        message: 'this value is given twice',
        hint: 'probabilities make a value more frequent',
      })
    }
  })
  if (values.length === 0) return { findings }
  if (!raw.has(...path, 'probabilities')) return settle({ kind: 'categorical', values }, findings)
  const probabilities = raw.list(...path, 'probabilities')
  if (!probabilities.every((share) => typeof share === 'number')) return { findings }
  const sum = probabilities.reduce((total, share) => total + share, 0)
  const where: ConfigPath = [...path, 'probabilities']
  if (probabilities.length !== values.length) {
    findings.push({
      path: where,
      message: `${probabilities.length} probabilities for ${values.length} values`,
      hint: 'one for each value, in the same order',
    })
  } else if (Math.abs(sum - 1) > 1e-6) {
    findings.push({ path: where, message: `they add up to ${short(sum)}, not to 1` })
  }
  return settle({ kind: 'categorical', values, probabilities }, findings)
}

function readRange({
  raw,
  path,
  kind,
}: Reading & {
  kind: Extract<Distribution, { min: number }>['kind']
}): ReadDistribution {
  const limitAt = (key: string) => {
    const value = raw.value(...path, key)
    return markedFloat(value) ?? (typeof value === 'number' ? value : undefined)
  }
  const [min, max] = [limitAt('min'), limitAt('max')]
  if (min === undefined || max === undefined) return { findings: [] }
  const fault = (key: string, message: string, hint?: string) => ({
    findings: [{ path: [...path, key], message, hint }],
  })
  if (kind.startsWith('int')) {
    const broken = range.find((key) => !Number.isInteger(limitAt(key)))
    if (broken) return fault(broken, `not a whole number, as ${kind} needs`, 'or use uniform')
  }
  if (min >= max)
    return fault('max', `must be above min (${min} >= ${max})`, 'value: fixes a parameter')
  const least = kind === 'int_log_uniform' ? 1 : 0
  if (kind.includes('log') && (min < least || min === 0)) {
    return fault(
      'min',
      `must be ${least === 1 ? 'at least 1' : 'above 0'}: there is no logarithm of ${min}`,
      `or use ${kind.startsWith('int') ? 'int_uniform' : kind.startsWith('q_') ? 'q_uniform' : 'uniform'}`,
    )
  }
  const widest = kind.startsWith('int') ? Number.MAX_SAFE_INTEGER : Number.MAX_VALUE
  if (max - min > widest) return fault('max', 'the range is wider than numbers are exact')
  if (kind !== 'q_uniform' && kind !== 'q_log_uniform_values') return settle({ kind, min, max }, [])
  const q = numberAt(raw, [...path, 'q'], 1)
  if (q === undefined || q <= 0) return { findings: [] }
  const distribution: Distribution = { kind, min, max, q }
  const written = raw.has(...path, 'q')
  const hint = written ? undefined : 'q is 1 when it is not given'
  if (Math.max(Math.abs(min), Math.abs(max)) / q > mostMultiples)
    return fault('q', tooFine(q), tooFineHint)
  if (q > max - min) return fault('q', `more than max - min (${q} > ${short(max - min)})`, hint)
  const count = levelsOf(distribution)?.count ?? 0
  if (count < 2) {
    return fault(
      'q',
      `${count === 0 ? 'no multiple' : 'only one multiple'} of ${q} lies between ${min} and ${max}`,
      'multiples of q are counted from 0, as W&B does',
    )
  }
  return settle(distribution, [])
}

function readNormal({
  raw,
  path,
  kind,
}: Reading & {
  kind: Extract<Distribution, { mu: number }>['kind']
}): ReadDistribution {
  const mu = numberAt(raw, [...path, 'mu'], 0)
  const sigma = numberAt(raw, [...path, 'sigma'], 1)
  if (mu === undefined || sigma === undefined || sigma <= 0) return { findings: [] }
  if (kind.includes('log') && Math.abs(mu) + 8 * sigma > largestExponent) {
    return {
      findings: [
        {
          path: [...path, raw.has(...path, 'mu') ? 'mu' : 'sigma'],
          message:
            'these are the mean and deviation of the logarithm: e to that power is no number',
          hint: 'for values around 0.001, mu: -6.9',
        },
      ],
    }
  }
  if (kind === 'normal' || kind === 'log_normal') return settle({ kind, mu, sigma }, [])
  const q = numberAt(raw, [...path, 'q'], 1)
  if (q === undefined || q <= 0) return { findings: [] }
  if (kind === 'q_normal' && (Math.abs(mu) + 8 * sigma) / q > mostMultiples)
    return { findings: [{ path: [...path, 'q'], message: tooFine(q), hint: tooFineHint }] }
  return settle({ kind, mu, sigma, q }, [])
}

const tooFineHint = 'without q values have 6 digits'

function tooFine(q: number): string {
  return `${q} is finer than the 12 significant digits that values have`
}

/** Undefined when it is no number, which the schema says. */
function numberAt(raw: Raw, path: ConfigPath, otherwise: number): number | undefined {
  const value = raw.value(...path)
  if (value === undefined) return otherwise
  return typeof value === 'number' ? value : undefined
}

/** Without the noise of binary fractions. */
function short(value: number): number {
  return Number(value.toPrecision(6))
}
