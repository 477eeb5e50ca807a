import { HoldfastError } from '../errors'

export type ConfigPath = (string | number)[]

/** A fault as a check finds it: it knows the path, not yet the place in the file. */
export interface Finding {
  path: ConfigPath
  message: string
  hint?: string | undefined
  /** Which end of `key: value` the caret points at. */
  at?: 'key' | 'value'
  /** For an unknown key: the sibling that was meant, which then is not reported as missing. */
  meant?: string
  /** Character offset in the text, where the path does not lead to it (syntax errors). */
  offset?: number
}

/** One fault of a config, ready to be shown. */
export interface ConfigFault {
  file: string
  /** From 1; absent for configs written in JavaScript or TypeScript. */
  line?: number
  column?: number
  /** `train.hyperparameters.epochs`; empty for the file as a whole. */
  path: string
  message: string
  hint?: string
  /** The line of the file, secrets cut out. */
  sourceLine?: string
}

/** Thrown by `loadPipeline` and `loadSweep`: every fault at once, sorted by place. */
export class ConfigError extends HoldfastError {
  readonly faults: ConfigFault[]

  constructor({ file, faults }: { file: string; faults: ConfigFault[] }) {
    super({
      code: 'E_CONFIG',
      what:
        faults.length === 1 ? 'the config has a fault' : `the config has ${faults.length} faults`,
      where: file,
      hint: faults[0] && [faults[0].path, faults[0].message].filter(Boolean).join(': '),
    })
    this.name = 'ConfigError'
    this.faults = faults
  }
}

/** `['train', 'placements', 0, 'instanceType']` → `train.placements[0].instanceType`. */
export function formatPath(path: ConfigPath): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '')
}
