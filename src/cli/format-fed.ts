import type { FedRun } from '../run-state'
import { cleanLine } from './clean-text'
import type { Colors } from './colors'

/** Where a run or a sweep is shown besides, or a warning that says why it is not. */
export function formatFed(fed: FedRun | undefined, colors: Colors): string[] {
  if (!fed) return []
  if (fed.error === undefined) return [`${colors.dim('SHOWN IN')} ${fed.feed}  ${fed.url ?? ''}`]
  const { code, message } = fed.error
  return [`${colors.yellow('warning')}: ${fed.feed}: ${cleanLine(message)} [${code}]`]
}
