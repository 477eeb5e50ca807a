import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Puts a scenario in force while `work` runs, and then what was there before: the faults of one run
 * are not meant for the next. One that was changed in the meantime stays.
 */
export async function withScenario<T>(
  options: { dataDir: string; text: string },
  work: () => Promise<T>,
): Promise<T> {
  const { dataDir, text } = options
  const file = join(dataDir, 'scenario.yaml')
  const found = await textOf(file)
  // Ours already: whoever wrote it was killed before it could be taken back.
  const before = found === text ? undefined : found
  await writeFile(file, text)
  try {
    return await work()
  } finally {
    if ((await textOf(file)) === text) {
      if (before === undefined) await rm(file, { force: true })
      else await writeFile(file, before)
    }
  }
}

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined)
}
