/** Reading parts of a JSON document that is too large to be parsed as a whole. */

import { HoldfastError } from '../errors'

export interface JsonMember {
  /** The keys that lead to it. */
  path: string[]
  value: unknown
}

/** Characters of one member: a product with its attributes has some two thousand. */
const longestMember = 1024 * 1024

/**
 * The members of nested objects whose path is wanted, one after the other as the text comes in. What
 * is not wanted is skipped without being kept, so memory stays small whatever the document's size.
 *
 * @example
 * for await (const { path, value } of jsonMembers({
 *   chunks,
 *   wanted: (path) => path.length === 2 && path[0] === 'products',
 * })) console.log(path[1], value)
 */
export async function* jsonMembers(options: {
  chunks: AsyncIterable<string>
  wanted: (path: string[]) => boolean
}): AsyncGenerator<JsonMember> {
  const { chunks, wanted } = options
  /** Keys of the objects that are open; arrays have none. */
  const path: string[] = []
  let depth = 0
  let text = '' // of the string that is read, or was read last
  let inString = false
  let escaped = false
  let member: { depth: number; path: string[]; text: string } | undefined

  for await (const chunk of chunks) {
    let from = 0 // where the part of this chunk begins that is kept
    for (let at = 0; at < chunk.length; at++) {
      const letter = chunk[at]
      if (inString) {
        if (escaped) escaped = false
        else if (letter === '\\') escaped = true
        else if (letter === '"') {
          inString = false
          if (!member) text += chunk.slice(from, at)
        }
        continue
      }
      if (letter === '"') {
        inString = true
        if (!member) [text, from] = ['', at + 1]
      } else if (letter === '{' || letter === '[') {
        depth++
        path.length = Math.min(path.length, depth - 1)
      } else if (letter === '}' || letter === ']' || letter === ',') {
        if (member?.depth === depth) {
          yield {
            path: member.path,
            value: parsed(member.text + chunk.slice(from, at), member.path),
          }
          member = undefined
        }
        if (letter === ',') continue
        depth--
        path.length = Math.min(path.length, depth)
      } else if (letter === ':' && !member) {
        path[depth - 1] = parsed(`"${text}"`, path) as string
        if (wanted(path)) {
          member = { depth, path: [...path], text: '' }
          from = at + 1
        }
      }
    }
    if (member) member.text = kept(member.text + chunk.slice(from), member.path)
    else if (inString) text = kept(text + chunk.slice(from), path)
  }
  if (depth !== 0 || inString) throw broken('it ends too early', path)
}

function kept(text: string, path: string[]): string {
  if (text.length > longestMember) throw broken('a member is longer than 1 MiB', path)
  return text
}

function parsed(text: string, path: string[]): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw broken('it is not JSON', path, cause)
  }
}

function broken(what: string, path: string[], cause?: unknown): HoldfastError {
  return new HoldfastError({
    code: 'E_PRICE_LIST',
    what: `the price list cannot be read: ${what}`,
    where: path.join('.') || 'its beginning',
    cause,
  })
}
