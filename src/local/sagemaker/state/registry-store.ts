/** Keeps the registry's state in one file that is whole at every moment, kill -9 included. */

import { mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { HoldfastError } from '../../../errors'
import { ignoreMissing, writeDurably } from '../jobs/durable-file'
import { emptyState, type RegistryState } from './registry-state'

export interface RegistryStore {
  read(): RegistryState
  /**
   * Changes a copy, makes it durable, then lets it be seen; one change at a time.
   * When `change` throws, nothing has changed.
   */
  update<Result>(change: (state: RegistryState) => Result): Promise<Result>
}

export async function openRegistryStore(options: { file: string }): Promise<RegistryStore> {
  const { file } = options
  await mkdir(dirname(file), { recursive: true })
  let state = await load(file)
  let previous: Promise<unknown> = Promise.resolve()

  async function apply<Result>(change: (state: RegistryState) => Result): Promise<Result> {
    const draft = structuredClone(state)
    const result = change(draft)
    await writeDurably({ file, text: JSON.stringify(draft) })
    state = draft
    return result
  }

  return {
    read: () => state,
    update(change) {
      const result = previous.then(() => apply(change))
      previous = result.catch(() => undefined)
      return result
    },
  }
}

async function load(file: string): Promise<RegistryState> {
  const content = await readFile(file, 'utf8').catch(ignoreMissing)
  if (content === undefined) return structuredClone(emptyState)
  try {
    const state = JSON.parse(content) as RegistryState
    if (state.version === 1) return state
  } catch (cause) {
    throw unreadable(file, cause)
  }
  throw unreadable(file)
}

function unreadable(file: string, cause?: unknown): HoldfastError {
  return new HoldfastError({
    code: 'E_LOCAL_STATE',
    what: 'the state of sagemaker-local cannot be read',
    where: file,
    hint: 'it was changed by hand or by a newer version; move it away to start with an empty registry',
    cause,
  })
}
