/** Keeps the registry's state. */

import { emptyState, type RegistryState } from './registry-state'
import { openStateFile, type StateFile } from './state-file'

export type RegistryStore = StateFile<RegistryState>

export function openRegistryStore(options: { file: string }): Promise<RegistryStore> {
  return openStateFile({ file: options.file, empty: emptyState })
}
