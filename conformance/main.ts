/** `npm run conformance -- --cases <dir>`: our requests against recorded ones. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { HoldfastError } from '../src/errors'
import { packageRoot } from '../src/package-root'
import { checkCase } from './check-case'
import type { Verdict } from './check-case'
import { kinds } from './kinds'
import { readCases } from './read-cases'

const usage = `usage: npm run conformance -- [--cases <dir>]

  --cases <dir>   directory with cases.json, expected/ and fixtures/; conformance/recorded`

async function main(): Promise<number> {
  const { cases, help } = parseArgs({
    options: { cases: { type: 'string' }, help: { type: 'boolean' } },
  }).values
  if (help) {
    console.log(usage)
    return 0
  }
  const folder = cases ?? join(packageRoot(), 'conformance', 'recorded')
  const scratch = await mkdtemp(join(tmpdir(), 'holdfast-conformance-'))
  try {
    return await check(folder, scratch)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function check(folder: string, scratch: string): Promise<number> {
  let [passed, failed] = [0, 0]
  for (const one of await readCases(folder)) {
    const verdict = await checkCase({ one, folder, kinds, scratch })
    print(verdict)
    if (verdict.differences.length === 0) passed++
    else failed++
  }
  console.log(`${passed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

function print({ name, differences, deliberate }: Verdict): void {
  if (deliberate) console.log(`${name}  deliberate: ${deliberate}`)
  for (const difference of differences) console.log(`${name}  ${difference}`)
}

main().then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    const told = error instanceof HoldfastError || error instanceof TypeError
    console.error(told ? error.message : error)
    if (error instanceof HoldfastError && error.hint) console.error(error.hint)
    process.exitCode = 2
  },
)
