/** Packages that ship ES modules and are loaded lazily: our built CommonJS files must get at them. */
import { execFileSync } from 'node:child_process'

import { packageRoot } from '../../src/package-root'

jest.setTimeout(180_000)

test.each([
  ['@huggingface/hub', 'downloadFile'],
  ['@clack/prompts', 'confirm'],
])('%s loads under plain Node, as our built files load it', (name, exported) => {
  const script = `import(${JSON.stringify(name)}).then((m) => console.log(typeof m.${exported}))`
  const options = { cwd: packageRoot(), encoding: 'utf8', timeout: 120_000 } as const
  expect(execFileSync(process.execPath, ['-e', script], options).trim()).toBe('function')
})

test('@huggingface/hub has a CommonJS form too, which jest loads without a transform', async () => {
  expect(await import('@huggingface/hub')).toHaveProperty('downloadFile')
})
