/** CreateModelPackage: a numbered version in a group, or a named package of its own. */

import { createHash } from 'node:crypto'
import { AwsError, validation } from '../aws-error'
import { list, omit, pick, requiredText, text, type Json } from '../json'
import { serviceModel } from '../../../aws/service-model/service-model'
import type { ModelPackage, RegistryState, Tag } from '../state/registry-state'
import { arnOf, epochSeconds, type Context, type Operation } from './context'
import { tagsFault } from './job-request'
import { findGroup } from './model-package-groups'

export const createModelPackage: Operation = async (context, input) => {
  checkRequest(input)
  const token = text(input, 'ClientToken')
  const fingerprint = createHash('sha256')
    .update(canonical(omit(input, ['ClientToken'])))
    .digest('hex')
  const arn = await context.store.update((state) => {
    const earlier = token === undefined ? undefined : earlierArn({ state, token, fingerprint })
    if (earlier !== undefined) return earlier
    const created = newPackage({ context, state, input })
    state.packages[created.arn] = created
    state.tags[created.arn] = list(input, 'Tags') as Tag[]
    if (token !== undefined) state.clientTokens[token] = { fingerprint, arn: created.arn }
    return created.arn
  })
  return { output: { ModelPackageArn: arn } }
}

function checkRequest(input: Json): void {
  const isVersioned = input.ModelPackageGroupName !== undefined
  // Both wordings as the service answers them, by getmoto/moto #7165.
  if (isVersioned && input.ModelPackageName !== undefined) {
    throw validation(
      'Both ModelPackageName and ModelPackageGroupName are provided in the input. Cannot determine which one to use.',
    )
  }
  if (!isVersioned && input.ModelPackageName === undefined) throw validation('Missing ARN.')
  // A version has the tags of its group (aws-controllers-k8s/sagemaker-controller #54); wording ours.
  if (isVersioned && list(input, 'Tags').length > 0) {
    throw validation(
      'Tags cannot be given for a versioned model package: tag its model package group.',
    )
  }
  const fault = tagsFault(input)
  if (fault) throw validation(fault)
}

/** API reference: "a unique token that guarantees that the call to this API is idempotent". */
function earlierArn(options: {
  state: RegistryState
  token: string
  fingerprint: string
}): string | undefined {
  const { state, token, fingerprint } = options
  const earlier = Object.hasOwn(state.clientTokens, token) ? state.clientTokens[token] : undefined
  if (!earlier || earlier.fingerprint === fingerprint) return earlier?.arn
  // The one error that CreateModelPackage declares for a clash (botocore model); wording ours.
  throw new AwsError({
    code: 'ConflictException',
    message: `ClientToken ${token} was used for another request.`,
  })
}

function newPackage(options: {
  context: Context
  state: RegistryState
  input: Json
}): ModelPackage {
  const { context, state, input } = options
  const creationTime = epochSeconds(context)
  const details = {
    ...pick(input, serviceModel('sagemaker').operations.DescribeModelPackage?.output ?? []),
    // API reference: a version awaits approval when nothing else is said.
    ...(input.ModelPackageGroupName === undefined
      ? {}
      : { ModelApprovalStatus: input.ModelApprovalStatus ?? 'PendingManualApproval' }),
  }
  if (input.ModelPackageGroupName === undefined) {
    const name = requiredText(input, 'ModelPackageName')
    const arn = arnOf(context, `model-package/${name}`)
    if (state.packages[arn]) {
      throw new AwsError({
        code: 'ConflictException',
        message: `Model Package already exists: ${arn}`,
      })
    }
    return { arn, name, creationTime, details }
  }
  const group = findGroup({ context, state, input })
  group.lastVersion += 1
  const version = group.lastVersion
  const arn = arnOf(context, `model-package/${group.name}/${version}`)
  return { arn, group: group.name, version, creationTime, details }
}

/** JSON with sorted keys: a retry may write the same request in another order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}
