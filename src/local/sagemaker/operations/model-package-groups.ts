/** CreateModelPackageGroup, DescribeModelPackageGroup, ListModelPackageGroups, DeleteModelPackageGroup. */

import { AwsError, groupExists, modelPackageThingNotFound, validation } from '../aws-error'
import { defined, list, number, omit, requiredText, text, type Json } from '../json'
import { pageOf } from '../page'
import type { ModelPackageGroup, RegistryState, Tag } from '../state/registry-state'
import { arnOf, epochSeconds, type Context, type Operation } from './context'
import { tagsFault } from './job-request'
import { isWithin } from './list-jobs'

export const createModelPackageGroup: Operation = async (context, input) => {
  const fault = tagsFault(input)
  if (fault) throw validation(fault)
  const name = requiredText(input, 'ModelPackageGroupName')
  const description = text(input, 'ModelPackageGroupDescription')
  const arn = groupArn(context, name)
  await context.store.update((state) => {
    if (Object.hasOwn(state.groups, name)) throw groupExists(arn)
    state.groups[name] = {
      name,
      arn,
      ...(description === undefined ? {} : { description }),
      creationTime: epochSeconds(context),
      lastVersion: 0,
    }
    state.tags[arn] = list(input, 'Tags') as Tag[]
  })
  return { output: { ModelPackageGroupArn: arn } }
}

export const describeModelPackageGroup: Operation = async (context, input) => {
  const group = findGroup({ context, state: context.store.read(), input })
  const user = `arn:aws:iam::${context.account}:user/holdfast-local`
  const createdBy = { IamIdentity: { Arn: user, PrincipalId: context.account } }
  return { output: { ...groupSummary(group), CreatedBy: createdBy } }
}

export const listModelPackageGroups: Operation = async (context, input) => {
  const filter = omit(input, ['NextToken', 'MaxResults'])
  const nameContains = text(input, 'NameContains') ?? ''
  const sortBy = text(input, 'SortBy') ?? 'CreationTime'
  const { items, nextToken } = pageOf({
    items: Object.values(context.store.read().groups).filter(
      (group) =>
        group.name.includes(nameContains) &&
        isWithin({ time: group.creationTime, input, member: 'CreationTime' }),
    ),
    sortKey: (group) => (sortBy === 'Name' ? group.name : group.creationTime),
    id: (group) => group.name,
    descending: text(input, 'SortOrder') === 'Descending',
    size: number(input, 'MaxResults') ?? 10,
    token: text(input, 'NextToken'),
    filter,
  })
  return {
    output: defined({
      ModelPackageGroupSummaryList: items.map(groupSummary),
      NextToken: nextToken,
    }),
  }
}

export const deleteModelPackageGroup: Operation = async (context, input) => {
  await context.store.update((state) => {
    const group = findGroup({ context, state, input })
    // DeleteModelPackageGroup declares ConflictException (botocore model); developer guide:
    // delete the model versions first. The wording is ours.
    if (Object.values(state.packages).some((each) => each.group === group.name)) {
      throw new AwsError({
        code: 'ConflictException',
        message: `${group.arn} cannot be deleted: it contains model packages.`,
      })
    }
    delete state.groups[group.name]
    delete state.tags[group.arn]
  })
  return { output: {} }
}

/** By name or by ARN, as `ArnOrName` of the service model. */
export function findGroup(options: {
  context: Context
  state: RegistryState
  input: Json
}): ModelPackageGroup {
  const { context, state, input } = options
  const given = requiredText(input, 'ModelPackageGroupName')
  const arn = given.startsWith('arn:') ? given : groupArn(context, given)
  const group = Object.values(state.groups).find((each) => each.arn === arn)
  if (!group) throw modelPackageThingNotFound({ what: 'ModelPackageGroup', arn })
  return group
}

function groupArn(context: Context, name: string): string {
  return arnOf(context, `model-package-group/${name}`)
}

/** As ListModelPackageGroups and Search answer it. */
export function groupSummary(group: ModelPackageGroup): Json {
  return defined({
    ModelPackageGroupName: group.name,
    ModelPackageGroupArn: group.arn,
    ModelPackageGroupDescription: group.description,
    CreationTime: group.creationTime,
    ModelPackageGroupStatus: 'Completed',
  })
}
