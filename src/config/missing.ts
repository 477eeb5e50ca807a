import type { ConfigPath, Finding } from './fault'

/** A fault of a key rather than of its value: it is missing, or should be. */
export function missing(path: ConfigPath, message: string, hint: string): Finding {
  return { path, at: 'key', message, hint }
}
