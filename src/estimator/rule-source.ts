/** The file of a rule of one's own: uploaded unless it lies on S3 already. */

import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { HoldfastError } from '../errors'
import type { AwsCall } from './aws-call'
import { isProfilerRule } from './built-in-rules'
import type { Rule } from './debugger-rules'
import type { EstimatorSession } from './hugging-face-estimator'
import { putObjectParams } from './put-object'

type Options = { rule: Rule; jobName: string; session: EstimatorSession }

/** Where the file goes; undefined when there is nothing to upload. */
export function ruleSource({ rule, jobName, session }: Options) {
  const { source } = rule
  if (!source || source.startsWith('s3://')) return undefined
  const { defaultBucket, defaultBucketPrefix = '', unique } = session
  // The SDK makes an identifier at each call; with the job's name a retried call writes the same.
  const folder = [...defaultBucketPrefix.split('/'), rule.name, unique?.id ?? jobName]
  const key = [...folder, basename(source)].filter(Boolean).join('/')
  return { path: source, uri: `s3://${defaultBucket}/${key}` }
}

/** @throws HoldfastError `E_RULE` */
export async function ruleSourceCalls(options: {
  rules: Rule[] | undefined
  jobName: string
  session: EstimatorSession
}): Promise<AwsCall[]> {
  const { rules = [], jobName, session } = options
  const calls: AwsCall[] = []
  // The SDK prepares the debugger's rules first.
  const ordered = [
    ...rules.filter((rule) => !isProfilerRule(rule)),
    ...rules.filter(isProfilerRule),
  ]
  for (const rule of ordered) {
    const source = ruleSource({ rule, jobName, session })
    if (!source) continue
    const put = putObjectParams({ uri: source.uri, session, encryption: 'plain' })
    const lines = (await textOf(source.path)).split(/\r?\n/)
    const count = lines.at(-1) === '' ? lines.length - 1 : lines.length
    const params = { ...put, Body: { $text_lines: count } }
    calls.push({ service: 's3', op: 'PutObject', params })
  }
  return calls
}

async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new HoldfastError({
      code: 'E_RULE',
      what: `the rule's file ${path} cannot be read`,
      where: 'rules[].source',
      cause,
    })
  })
}
