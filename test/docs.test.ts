import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'

import { buildProgram } from '../src/cli/program'
import { packageRoot } from '../src/package-root'
import { schemaKeys, type KeySchema } from './schema-keys'
import { aCli } from './src/cli/a-cli'

const root = packageRoot()
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

function sources(folder: string, ending: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && ending.test(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
}

const code = ['src', 'activities', 'workflows']
  .flatMap((folder) => sources(folder, /\.ts$/))
  .join('\n')
  // An example in a comment is no error of ours.
  .replace(/^\s*(\*|\/\/).*$/gm, '')

const found = (text: string, pattern: RegExp): string[] =>
  [...new Set(Array.from(text.matchAll(pattern), (match) => match[1] ?? ''))].sort()

test('docs/errors.md describes every error code of the sources, and no other', () => {
  const documented = found(read('docs/errors.md'), /^\| `(E_[A-Z0-9_]+)` \|/gm)
  expect(documented).toEqual(found(code, /['"`](E_[A-Z0-9_]+)['"`]/g))
})

test.each([
  ['pipeline', 0],
  ['sweep', 1],
  ['deploy', 2],
  // Its model is that of deploy.yaml, whose keys stand there.
  ['transform', 3],
])('docs/config.md lists every key of the schema of a %s, and no other', (kind, part) => {
  const text = read('docs/config.md').split(/\n## (?:sweep|deploy|transform)\.yaml\n/)[part] ?? ''
  const schema = JSON.parse(read(`docs/${kind}.schema.json`)) as KeySchema
  const keys = schemaKeys(schema).filter((key) => kind !== 'transform' || !/^model\./.test(key))
  expect(found(text, /^\| `([^`]+)` \|/gm)).toEqual(keys.sort())
})

test('docs/use.md has a section for every command, with every argument and option', () => {
  const sections = new Map(
    read('docs/use.md')
      .split(/^### /m)
      .slice(1)
      .map((section) => [/^`holdfast ([^`]+)`/.exec(section)?.[1] ?? '', section]),
  )
  const missing = leaves(buildProgram(aCli())).flatMap(({ name, command }) => {
    const section = sections.get(name)
    if (section === undefined) return [`holdfast ${name}`]
    return command.options
      .filter(({ long }) => !section.includes(`\`${long}`) && !section.includes(`, ${long}`))
      .map(({ long }) => `holdfast ${name} ${long}`)
  })
  expect(missing).toEqual([])
  expect([...sections.keys()].sort()).toEqual(
    leaves(buildProgram(aCli()))
      .map(({ name }) => name)
      .sort(),
  )
})

function leaves(command: Command, path: string[] = []): { name: string; command: Command }[] {
  if (command.commands.length === 0) return [{ name: path.join(' '), command }]
  return command.commands.flatMap((child) => leaves(child, [...path, child.name()]))
}

test('docs/run.md names every variable of Holdfast that the sources read', () => {
  const variables = found(code, /\benv(?:\.|\[')(HOLDFAST_[A-Z_]+)/g)
  const table = read('docs/run.md')
  expect(variables.filter((name) => !table.includes(`\`${name}\``))).toEqual([])
})

test('every relative link of the documentation leads to a file', () => {
  const pages = [
    ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'],
    ...['examples/README.md', 'examples/imdb/README.md'],
    ...readdirSync(join(root, 'docs'))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`),
  ]
  const broken = pages.flatMap((page) =>
    found(read(page), /\]\(([^)\s#]+)(?:#[^)\s]*)?\)/g)
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => !existsSync(join(root, dirname(page), link)))
      .map((link) => `${page}: ${link}`),
  )
  expect(broken).toEqual([])
})
