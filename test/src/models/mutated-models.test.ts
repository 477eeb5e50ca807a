import { createHash, randomInt } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { HoldfastError } from '../../../src/errors'
import type { ManifestEntry } from '../../../src/manifest'
import { inspectModel } from '../../../src/models/inspect-model'
import { mutatedModels } from './mutated-models'

jest.setTimeout(300_000)

const folder = mkdtempSync(join(tmpdir(), 'holdfast-mutants-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const seed = Number(process.env['SEED'] ?? randomInt(1_000_000))
const { original, mutations } = mutatedModels(seed)

let looks = 0
async function look(bytes: Buffer): Promise<ManifestEntry[] | string> {
  const archive = join(folder, `${++looks}.tar.gz`)
  writeFileSync(archive, bytes)
  try {
    const { files } = await inspectModel({
      archive,
      into: join(folder, String(looks)),
      where: 'mutant',
    })
    return files
  } catch (error) {
    if (error instanceof HoldfastError) return error.code
    throw error
  } finally {
    rmSync(archive)
    // Of an archive that was refused in its middle a last file may still be on its way to the disk.
    await rm(join(folder, String(looks)), { recursive: true, force: true, maxRetries: 10 })
  }
}

test('a whole model passes, with its files by their hashes and its pickles by name', async () => {
  const files = (await look(original)) as ManifestEntry[]
  expect(files.map(({ path }) => path)).toEqual([
    'config.json',
    'model.safetensors',
    'tokenizer.json',
    'training_args.bin',
  ])
})

test(`of 1,000 mutated models (SEED=${seed}) none passes but those whose files are unchanged to the bit`, async () => {
  const whole = JSON.stringify(await look(original))
  const sha256 = createHash('sha256').update(original).digest('hex')
  const kinds = Object.keys(mutations)
  const passed: string[] = []
  const refusals: Record<string, number> = {}
  for (let index = 0; index < 1_000; index++) {
    const kind = kinds[index % kinds.length] ?? ''
    const mutant = mutations[kind]?.() ?? Buffer.alloc(0)
    // Sealed after it was mutated: the hash is its own, and only what it holds can betray it.
    expect(createHash('sha256').update(mutant).digest('hex')).not.toBe(sha256)
    const seen = await look(mutant)
    if (typeof seen === 'string') refusals[seen] = (refusals[seen] ?? 0) + 1
    // The time in a gzip's head says nothing of its files.
    else if (JSON.stringify(seen) !== whole) passed.push(`${index} ${kind}`)
  }
  expect(passed).toEqual([])
  expect(Object.keys(refusals).sort()).toEqual(['E_ARCHIVE', 'E_ARTIFACT_INVALID', 'E_PICKLE'])
  expect(Object.values(refusals).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(900)
})
