/** Something that a script will silently get wrong in the container. */
export interface ScriptWarning {
  /** Stable name of the check. */
  check:
    | 'unknown-flag'
    | 'switch'
    | 'bool-type'
    | 'required-flag'
    | 'choice'
    | 'subcommand'
    | 'no-resume'
    | 'no-model-dir'
    | 'output-dir'
    | 'model-name'
  message: string
  hint: string
}
