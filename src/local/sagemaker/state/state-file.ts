/** State in one file that is whole at every moment, kill -9 included. */

import { mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { HoldfastError } from '../../../errors'
import { ignoreMissing, writeDurably } from '../jobs/durable-file'

export interface StateFile<State> {
  read(): State
  /**
   * Changes a copy, makes it durable, then lets it be seen; one change at a time.
   * When `change` throws, nothing has changed.
   */
  update<Result>(change: (state: State) => Result): Promise<Result>
}

/**
 * @example
 * const store = await openStateFile({ file: 'registry.json', empty: emptyState })
 * await store.update((state) => (state.tags[arn] = []))
 */
export async function openStateFile<State extends { version: number }>(options: {
  file: string
  /** What is read where there is no file yet; its version is the only one that can be read. */
  empty: State
}): Promise<StateFile<State>> {
  const { file } = options
  await mkdir(dirname(file), { recursive: true })
  let state = await load(options)
  let previous: Promise<unknown> = Promise.resolve()

  async function apply<Result>(change: (state: State) => Result): Promise<Result> {
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

async function load<State extends { version: number }>(options: {
  file: string
  empty: State
}): Promise<State> {
  const { file, empty } = options
  const content = await readFile(file, 'utf8').catch(ignoreMissing)
  if (content === undefined) return structuredClone(empty)
  try {
    const state = JSON.parse(content) as State
    if (state.version === empty.version) return state
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
    hint: 'it was changed by hand or by a newer version; move it away to start with an empty one',
    cause,
  })
}
