/** DescribeModelPackage, ListModelPackages, UpdateModelPackage, DeleteModelPackage. */

import { modelPackageThingNotFound } from '../aws-error'
import { defined, list, number, object, omit, pick, requiredText, text, type Json } from '../json'
import { pageOf } from '../page'
import type { ModelPackage, RegistryState } from '../state/registry-state'
import { arnOf, epochSeconds, type Context, type Operation } from './context'
import { isWithin } from './list-jobs'
import { findGroup } from './model-package-groups'

/** Without a container to run there is nothing left to do: packages are complete at once. */
const status = 'Completed'

export const describeModelPackage: Operation = async (context, input) => {
  const found = findPackage({
    context,
    state: context.store.read(),
    given: requiredText(input, 'ModelPackageName'),
  })
  return { output: modelPackageDescription(found) }
}

/** As DescribeModelPackage and Search answer it. */
export function modelPackageDescription(found: ModelPackage): Json {
  return {
    ...found.details,
    ...defined({
      // Required by the model although a version has no name of its own: it is its group's.
      ModelPackageName: found.name ?? found.group,
      ModelPackageGroupName: found.group,
      ModelPackageVersion: found.version,
      ModelPackageArn: found.arn,
      CreationTime: found.creationTime,
      LastModifiedTime: found.lastModifiedTime,
      ModelPackageStatus: status,
      ModelPackageStatusDetails: { ValidationStatuses: [], ImageScanStatuses: [] },
    }),
  }
}

export const listModelPackages: Operation = async (context, input) => {
  const state = context.store.read()
  const filter = omit(input, ['NextToken', 'MaxResults'])
  const group =
    input.ModelPackageGroupName === undefined ? undefined : findGroup({ context, state, input })
  const sortBy = text(input, 'SortBy') ?? 'CreationTime'
  const { items, nextToken } = pageOf({
    items: Object.values(state.packages).filter(
      (each) =>
        (group ? each.group === group.name : hasListedType(each, input)) && matches(each, input),
    ),
    sortKey: (each) => (sortBy === 'Name' ? (each.name ?? each.group ?? '') : each.creationTime),
    // Versions made in the same millisecond stay in order.
    id: (each) => `${each.name ?? each.group}/${String(each.version ?? 0).padStart(9, '0')}`,
    descending: text(input, 'SortOrder') === 'Descending',
    size: number(input, 'MaxResults') ?? 10,
    token: text(input, 'NextToken'),
    filter,
  })
  return { output: defined({ ModelPackageSummaryList: items.map(summary), NextToken: nextToken }) }
}

export const updateModelPackage: Operation = async (context, input) => {
  const arn = requiredText(input, 'ModelPackageArn')
  await context.store.update((state) => {
    const found = findPackage({ context, state, given: arn })
    const { details } = found
    Object.assign(
      details,
      pick(input, [
        'ModelApprovalStatus',
        'ApprovalDescription',
        'ModelPackageRegistrationType',
        'InferenceSpecification',
        'SourceUri',
        'ModelCard',
        'ModelLifeCycle',
      ]),
    )
    const removed = list(input, 'CustomerMetadataPropertiesToRemove')
    const metadata = Object.entries({
      ...object(details, 'CustomerMetadataProperties'),
      ...object(input, 'CustomerMetadataProperties'),
    }).filter(([key]) => !removed.includes(key))
    if (metadata.length > 0) details.CustomerMetadataProperties = Object.fromEntries(metadata)
    else delete details.CustomerMetadataProperties
    const added = list(input, 'AdditionalInferenceSpecificationsToAdd')
    if (added.length > 0) {
      const before = list(details, 'AdditionalInferenceSpecifications')
      details.AdditionalInferenceSpecifications = [...before, ...added]
    }
    found.lastModifiedTime = epochSeconds(context)
  })
  return { output: { ModelPackageArn: arn } }
}

export const deleteModelPackage: Operation = async (context, input) => {
  await context.store.update((state) => {
    const { arn } = findPackage({ context, state, given: requiredText(input, 'ModelPackageName') })
    delete state.packages[arn]
    delete state.tags[arn]
    for (const [token, made] of Object.entries(state.clientTokens)) {
      if (made.arn === arn) delete state.clientTokens[token]
    }
  })
  return { output: {} }
}

/** By ARN, by name, or by `group/version`, as `VersionedArnOrName` of the service model. */
function findPackage(options: {
  context: Context
  state: RegistryState
  given: string
}): ModelPackage {
  const { context, state, given } = options
  const arn = given.startsWith('arn:') ? given : arnOf(context, `model-package/${given}`)
  const found = Object.hasOwn(state.packages, arn) ? state.packages[arn] : undefined
  if (!found) throw modelPackageThingNotFound({ what: 'ModelPackage', arn })
  return found
}

function matches(each: ModelPackage, input: Json): boolean {
  const approval = text(input, 'ModelApprovalStatus')
  return (
    (each.name ?? each.group ?? '').includes(text(input, 'NameContains') ?? '') &&
    (approval === undefined || each.details.ModelApprovalStatus === approval) &&
    isWithin({ time: each.creationTime, input, member: 'CreationTime' })
  )
}

/** API reference, ModelPackageType: unversioned ones when neither a type nor a group is given. */
function hasListedType(each: ModelPackage, input: Json): boolean {
  const type = text(input, 'ModelPackageType') ?? 'Unversioned'
  return type === 'Both' || (type === 'Versioned') === (each.group !== undefined)
}

function summary(each: ModelPackage): Json {
  return defined({
    // Versions are listed without a name (sagemaker-python-sdk #5606).
    ModelPackageName: each.name,
    ModelPackageGroupName: each.group,
    ModelPackageVersion: each.version,
    ModelPackageArn: each.arn,
    CreationTime: each.creationTime,
    ModelPackageStatus: status,
    ...pick(each.details, [
      'ModelPackageDescription',
      'ModelApprovalStatus',
      'ModelLifeCycle',
      'ModelPackageRegistrationType',
    ]),
  })
}
