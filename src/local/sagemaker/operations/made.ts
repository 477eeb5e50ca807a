/** Makes, finds and deletes the things that never change: models and endpoint configurations. */

import { alreadyExisting, servedThingNotFound, validation } from '../aws-error'
import { requiredText, type Json } from '../json'
import type { Made } from '../serving/serving-state'
import { arnOf, epochSeconds, type Context } from './context'
import { tagsFault } from './job-request'

/** How one of the two is kept and named. */
export interface MadeKind {
  table: 'models' | 'configs'
  /** In its ARN. */
  resource: 'model' | 'endpoint-config'
  /** In messages. */
  words: string
  nameMember: string
}

export async function make(context: Context, kind: MadeKind, input: Json): Promise<Made> {
  const fault = tagsFault(input)
  if (fault) throw validation(fault)
  const name = requiredText(input, kind.nameMember)
  const arn = arnOf(context, `${kind.resource}/${name}`)
  const made = { name, arn, creationTime: epochSeconds(context), request: input }
  await context.serving.store.update((state) => {
    if (Object.hasOwn(state[kind.table], name)) throw alreadyExisting(kind.words, arn)
    state[kind.table][name] = made
  })
  return made
}

export function findMade(context: Context, kind: MadeKind, name: string): Made {
  const table = context.serving.store.read()[kind.table]
  const made = Object.hasOwn(table, name) ? table[name] : undefined
  if (made) return made
  throw servedThingNotFound(kind.words, arnOf(context, `${kind.resource}/${name}`))
}

export async function removeMade(context: Context, kind: MadeKind, input: Json): Promise<void> {
  const { name, arn } = findMade(context, kind, requiredText(input, kind.nameMember))
  // Tags first: left behind, they would be those of the next one of this name.
  await context.store.update((state) => delete state.tags[arn])
  await context.serving.store.update((state) => delete state[kind.table][name])
}
