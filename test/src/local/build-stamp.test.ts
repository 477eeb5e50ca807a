import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildStamp } from '../../../src/local/build-stamp'

const dist = mkdtempSync(join(tmpdir(), 'holdfast-stamp-'))
afterAll(() => rmSync(dist, { recursive: true, force: true }))

test('the stamp changes with the compiled program alone', () => {
  mkdirSync(join(dist, 'src'))
  writeFileSync(join(dist, 'src', 'worker.js'), 'one')
  const first = buildStamp(dist)
  writeFileSync(join(dist, '.tsbuildinfo'), 'notes of the compiler')
  expect(buildStamp(dist)).toBe(first)
  writeFileSync(join(dist, 'src', 'worker.js'), 'two')
  expect(buildStamp(dist)).not.toBe(first)
  expect(buildStamp(join(dist, 'nowhere'))).toBe('')
})
