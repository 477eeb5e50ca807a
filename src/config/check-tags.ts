/** Tags, whichever form they are written in. */

import type { ConfigPath, Finding } from './fault'
import type { Raw } from './raw'

/** AWS allows 50; Holdfast sets 5 of its own. */
const mostTags = 45

export function checkTags(raw: Raw): Finding[] {
  const [shared, own] = [['tags'], ['train', 'tags']].map((path) => tagsAt(raw, path))
  const keys = new Set([...(shared ?? []), ...(own ?? [])].map(({ key }) => key))
  const path = (own ?? []).length > 0 ? ['train', 'tags'] : ['tags']
  return [
    ...(keys.size > mostTags
      ? [{ path, at: 'key' as const, message: `${keys.size} tags; ${mostTags} are left` }]
      : []),
    ...[shared, own].flatMap((tags = []) => tags.flatMap((tag) => checkTag(tag, tags))),
  ]
}

interface WrittenTag {
  key: string
  keyPath: ConfigPath
  /** Which end of `key: value` the key stands at. */
  at: 'key' | 'value'
}

function tagsAt(raw: Raw, path: ConfigPath): WrittenTag[] {
  const list = raw.list(...path).flatMap((_, index): WrittenTag[] => {
    const key = raw.value(...path, index, 'Key')
    if (typeof key !== 'string') return []
    const at = [...path, index]
    return [
      {
        key,
        keyPath: [...at, 'Key'],
        at: 'value',
      },
    ]
  })
  const map = raw
    .entries(...path)
    .map(([key]): WrittenTag => ({ key, keyPath: [...path, key], at: 'key' }))
  return [...list, ...map]
}

function checkTag({ key, keyPath, at }: WrittenTag, all: WrittenTag[]): Finding[] {
  const findings: Finding[] = []
  const refuseKey = (message: string, hint: string) =>
    findings.push({ path: keyPath, at, message, hint })
  if (/^(aws|holdfast):/i.test(key)) {
    refuseKey('a reserved prefix', 'choose another key')
  } else if (all.filter((tag) => tag.key === key).length > 1) {
    refuseKey('this tag is given twice', 'keep one of them')
  }
  return findings
}
