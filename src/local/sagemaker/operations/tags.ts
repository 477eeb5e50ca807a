/** AddTags, ListTags, DeleteTags. */

import { tagTargetNotFound, validation } from '../aws-error'
import { defined, list, number, requiredText, text } from '../json'
import type { JobKind, JobRecord } from '../jobs/job'
import { pageOf } from '../page'
import { servedRequest } from '../serving/serving-state'
import type { RegistryState, Tag } from '../state/registry-state'
import type { Context, Operation } from './context'
import { tagsFault } from './job-request'

/** Service model: TagList has at most 50. */
const mostTags = 50

export const addTags: Operation = async (context, input) => {
  const fault = tagsFault(input)
  if (fault) throw validation(fault)
  const arn = requiredText(input, 'ResourceArn')
  const added = list(input, 'Tags') as Tag[]
  const tags = await context.store.update((state) => {
    const merged = new Map(
      [...tagsOf({ context, state, arn }), ...added].map((tag) => [tag.Key, tag]),
    )
    if (merged.size > mostTags) throw validation(`A resource can have at most ${mostTags} tags.`)
    return (state.tags[arn] = [...merged.values()])
  })
  return { output: { Tags: tags } }
}

export const listTags: Operation = async (context, input) => {
  const arn = requiredText(input, 'ResourceArn')
  const tags = tagsOf({ context, state: context.store.read(), arn })
  const job = jobOf({ context, arn })
  // Which runner trained is said here, where every client can read it, not only in a header.
  const runner = job ? [{ Key: 'holdfast-local:runner', Value: job.runner }] : []
  const { items, nextToken } = pageOf({
    items: [...tags, ...runner],
    sortKey: (tag) => tag.Key,
    id: (tag) => tag.Key,
    size: number(input, 'MaxResults') ?? mostTags,
    token: text(input, 'NextToken'),
    filter: arn,
  })
  return { output: defined({ Tags: items, NextToken: nextToken }) }
}

export const deleteTags: Operation = async (context, input) => {
  const arn = requiredText(input, 'ResourceArn')
  const keys = list(input, 'TagKeys')
  await context.store.update((state) => {
    state.tags[arn] = tagsOf({ context, state, arn }).filter((tag) => !keys.includes(tag.Key))
  })
  return { output: {} }
}

function tagsOf(options: { context: Context; state: RegistryState; arn: string }): Tag[] {
  const { context, state, arn } = options
  const request =
    jobOf({ context, arn })?.request ?? servedRequest(context.serving.store.read(), arn)
  const isRegistered =
    state.tags[arn] !== undefined ||
    state.packages[arn] !== undefined ||
    Object.values(state.groups).some((group) => group.arn === arn)
  if (!request && !isRegistered) throw tagTargetNotFound(arn)
  return state.tags[arn] ?? (list(request ?? {}, 'Tags') as Tag[])
}

function jobOf(options: { context: Context; arn: string }): JobRecord | undefined {
  const { context, arn } = options
  const match = /:(training|processing)-job\/([^/]+)$/.exec(arn)
  if (!match) return undefined
  const job = context.engine.get({ kind: match[1] as JobKind, name: match[2] ?? '' })
  return job?.arn === arn ? job : undefined
}
