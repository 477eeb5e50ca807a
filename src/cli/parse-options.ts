import { InvalidArgumentError } from 'commander'
import { parseDuration } from '../duration'

/** For commander: `2h` → 7200 seconds. */
export function durationOption(text: string): number {
  const seconds = parseDuration(text)
  if (seconds === undefined || seconds <= 0) {
    throw new InvalidArgumentError('Give a duration with its unit, such as 90s, 30m or 2h.')
  }
  return seconds
}

/** For commander: a whole number from 1. */
export function countOption(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('Give a whole number from 1.')
  return Number(text)
}

/** For commander: `ml.g5.xlarge,ml.p4d.24xlarge`, each once. */
export function instanceTypesOption(text: string): string[] {
  const types = [...new Set(text.split(',').map((type) => type.trim()))].filter(Boolean)
  if (types.length === 0 || types.some((type) => !/^ml\.[a-z0-9-]+\.[a-z0-9]+$/.test(type))) {
    throw new InvalidArgumentError('Give instance types such as ml.g5.xlarge,ml.p4d.24xlarge.')
  }
  return types
}
