/** One recorded case: is what we would do what the SDK did? */

import { HoldfastError, messageOf } from '../src/errors'
import type { AwsCall } from '../src/estimator/aws-call'
import { differences } from './compare'
import {
  deliberateAcceptance,
  deliberateAddition,
  deliberateDifference,
} from './deliberate-differences'
import type { CallsOf, RecordedCase } from './kind'
import type { Expected } from './read-cases'
import { fixturesOf, readExpected } from './read-cases'
import { serviceRefuses } from './service-refuses'
import { worldOf } from './world'

export interface Verdict {
  name: string
  /** None when the case passes. */
  differences: string[]
  /** The rule by which a difference is meant. */
  deliberate?: string
}

export async function checkCase(options: {
  one: RecordedCase
  folder: string
  kinds: Record<string, CallsOf>
  /** A folder to pack archives in. */
  scratch: string
}): Promise<Verdict> {
  const { one, folder, kinds, scratch } = options
  const { name } = one
  const callsOf = kinds[one.kind]
  if (!callsOf) {
    const known = Object.keys(kinds).sort().join(', ')
    return { name, differences: [`there is no kind ${one.kind}; known: ${known}`] }
  }
  try {
    const expected = await readExpected(folder, name)
    const ours = await answer(() => callsOf({ one, world: worldOf(one, scratch) }))
    return { name, ...verdict({ expected, ours, fixtures: fixturesOf(folder) }) }
  } catch (error) {
    return { name, differences: [`cannot be checked: ${messageOf(error)}`] }
  }
}

/** Calls, or the refusal; anything else that is thrown is a fault of ours. */
async function answer(make: () => Promise<AwsCall[]>): Promise<AwsCall[] | HoldfastError> {
  try {
    return await make()
  } catch (error) {
    if (error instanceof HoldfastError) return error
    throw error
  }
}

function verdict(options: {
  expected: Expected
  ours: AwsCall[] | HoldfastError
  fixtures: string
}): Omit<Verdict, 'name'> {
  const { expected, ours, fixtures } = options
  if (ours instanceof HoldfastError) return refused(expected, ours)
  if (expected.error) return accepted(expected.error, ours)
  if (expected.result !== undefined) return { differences: resultDifferences(expected, ours) }
  return compared(differences({ expected: expected.calls ?? [], ours, fixtures }))
}

function compared(found: string[]): Omit<Verdict, 'name'> {
  const [rule] = found.flatMap((difference) => deliberateAddition(difference) ?? [])
  const rest = found.filter((difference) => !deliberateAddition(difference))
  return { differences: rest, ...(rule && { deliberate: rule.rule }) }
}

function refused(expected: Expected, error: HoldfastError): Omit<Verdict, 'name'> {
  if (expected.error) return { differences: [] }
  const rule = deliberateDifference(error)
  if (rule) return { differences: [], deliberate: `${rule.rule} (${error.code})` }
  return { differences: [`expected no refusal, got ${error.code}: ${error.message}`] }
}

function accepted(error: NonNullable<Expected['error']>, ours: AwsCall[]): Omit<Verdict, 'name'> {
  const rule = deliberateAcceptance(error)
  if (rule) return { differences: [], deliberate: `${rule.rule} (${error.type})` }
  // What the SDK's client library refuses to send, the service would not take from us either.
  if (error.message_head.startsWith('botocore rejects') && serviceRefuses(ours)) {
    return { differences: [] }
  }
  const reason = `${error.type}: ${error.message_head}`
  return { differences: [`expected a refusal (${reason}), got ${ours.length} calls`] }
}

function resultDifferences(expected: Expected, ours: AwsCall[]): string[] {
  const params = ours[0]?.params as { uri?: string } | undefined
  if (params?.uri === expected.result) return []
  return [`image: expected ${expected.result}, got ${params?.uri ?? 'nothing'}`]
}
