/** The log group a request means: by name, or by ARN as `logGroupIdentifier`. */

import { invalidParameter } from '../aws-error'
import { text, type Json } from '../json'

export function groupOf(input: Json): string {
  const name = text(input, 'logGroupName')
  const identifier = text(input, 'logGroupIdentifier')
  const given = name ?? identifier
  // API reference: one of the two, not both.
  if (given === undefined || (name !== undefined && identifier !== undefined)) {
    throw invalidParameter('Exactly one of logGroupName and logGroupIdentifier must be given.')
  }
  return given.replace(/^arn:[^:]*:logs:[^:]*:[^:]*:log-group:/, '').replace(/:\*$/, '')
}
