/** Reads a directory of recorded cases. */

import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { HoldfastError, messageOf } from '../src/errors'
import { isObject, parseExactly } from './exact-json'
import type { Json, RecordedCase } from './kind'

/** What the SDK did. */
export interface Expected {
  calls?: { service: string; op: string; params: { [key: string]: Json } }[]
  /** What kind `image_uri` gives in place of calls. */
  result?: string
  error?: { message_head: string; type: string }
}

/** @throws HoldfastError `E_CASES` */
export async function readCases(folder: string): Promise<RecordedCase[]> {
  const cases = await readJson(join(folder, 'cases.json'), parseExactly)
  if (!Array.isArray(cases)) throw unreadable(join(folder, 'cases.json'), 'not a list of cases')
  return cases.map((one, at) => {
    if (isObject(one) && typeof one['name'] === 'string' && typeof one['kind'] === 'string') {
      return atFixtures(one, fixturesOf(folder)) as RecordedCase
    }
    throw unreadable(`${join(folder, 'cases.json')} [${at}]`, 'a case without name and kind')
  })
}

/** Absolute, so that no other text has it in it. */
export function fixturesOf(folder: string): string {
  return resolve(folder, 'fixtures')
}

/** @throws HoldfastError `E_CASES` */
export async function readExpected(folder: string, name: string): Promise<Expected> {
  const file = join(folder, 'expected', `${name}.json`)
  const expected = await readJson(file, (text) => JSON.parse(text) as Json)
  if (isObject(expected)) return expected
  throw unreadable(file, 'not an object')
}

async function readJson(file: string, parse: (text: string) => Json): Promise<Json> {
  try {
    return parse(await readFile(file, 'utf8'))
  } catch (cause) {
    throw unreadable(file, messageOf(cause), cause)
  }
}

function unreadable(where: string, what: string, cause?: unknown): HoldfastError {
  return new HoldfastError({
    code: 'E_CASES',
    what: `recorded cases cannot be read: ${what}`,
    where,
    hint: 'a directory of cases holds cases.json, expected/<case>.json and fixtures/',
    cause,
  })
}

/** `@x` stands for `fixtures/x`. */
function atFixtures(value: Json, fixtures: string): Json {
  if (typeof value === 'string') {
    return value.startsWith('@') ? join(fixtures, value.slice(1)) : value
  }
  if (Array.isArray(value)) return value.map((member) => atFixtures(member, fixtures))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, atFixtures(member, fixtures)]),
  )
}
