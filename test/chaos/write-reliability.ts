import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { packageRoot } from '../../src/package-root'
import { matrix, type Proof } from './matrix'
import type { Results } from './results'

/** Writes what the runs came to between the markers of docs/reliability.md. */
export function writeReliability(results: Results): void {
  const path = join(packageRoot(), 'docs', 'reliability.md')
  writeFileSync(path, withResults({ text: readFileSync(path, 'utf8'), results }))
}

/** The page with its generated parts made anew. */
export function withResults({ text, results }: { text: string; results: Results }): string {
  const parts: Record<string, string> = {
    matrix: matrixTable(results),
    ...Object.fromEntries(
      (['storm', 'torch', 'directed', 'mutations', 'naive'] as const).map((kind) => [
        kind,
        results.runs[kind] === undefined
          ? 'Not run yet.'
          : `\`\`\`\n${results.runs[kind].summary}\n\`\`\``,
      ]),
    ),
  }
  return Object.entries(parts).reduce(
    (page, [name, part]) =>
      page.replace(
        new RegExp(`(<!-- ${name}: begin -->\n)[^]*?(<!-- ${name}: end -->)`),
        (_all, begin: string, end: string) => `${begin}\n${part}\n\n${end}`,
      ),
    text,
  )
}

function matrixTable(results: Results): string {
  const rows = matrix.map(({ id, fault, behaviour, proofs }) => {
    const shown = proofs.map((proof) => nameOf(proof)).join('<br>')
    const told = proofs.map((proof) => resultOf({ proof, results })).join('<br>')
    return `| ${id} | ${fault} | ${behaviour} | ${shown} | ${told} |`
  })
  return [
    '| row | fault | what must follow | shown by | last result |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n')
}

function nameOf(proof: Proof): string {
  if ('run' in proof) return `chaos ${proof.run}: ${proof.what}`
  if ('test' in proof) return `\`${proof.test}\`: ${proof.title}`
  if ('python' in proof) return `\`${proof.python}\``
  return proof.missing
}

function resultOf({ proof, results }: { proof: Proof; results: Results }): string {
  if ('run' in proof) {
    const run = results.runs[proof.run]
    return run ? `${run.failed === 0 ? 'passed' : 'FAILED'}, seed ${run.seed}` : 'not run'
  }
  if ('test' in proof) {
    const found = Object.entries(results.tests).filter(
      ([name]) => name.startsWith(`${proof.test} › `) && name.includes(proof.title),
    )
    if (found.length === 0) return 'in `npm test`'
    const last =
      found
        .map(([, { on }]) => on)
        .sort()
        .at(-1) ?? ''
    return `${found.every(([, { status }]) => status === 'passed') ? 'passed' : 'FAILED'}, ${last}`
  }
  return 'python' in proof ? 'in `npm test`' : 'not shown'
}
