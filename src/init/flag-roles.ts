/** What a script's flags are for, told by their names and defaults. */

import type { ScriptFlag, ScriptFlags } from './read-script-flags'

/** Hyphen or underscore: argparse keeps them apart, people do not. */
export function plainName(name: string): string {
  return name.replaceAll('-', '_')
}

const modelFlags = [
  'model_name',
  'model_name_or_path',
  'model_id',
  'model_checkpoint',
  'pretrained_model_name_or_path',
  'base_model',
]

/** The flag that takes the base model; `model_name` before others. */
export function modelFlag({ flags }: ScriptFlags): ScriptFlag | undefined {
  return modelFlags
    .map((name) =>
      flags.find((flag) => flag.subcommand === undefined && plainName(flag.name) === name),
    )
    .find((flag) => flag !== undefined)
}

/** A switch takes no value, so no hyperparameter can set it. */
export function isSwitch({ action }: ScriptFlag): boolean {
  return /^(store_true|store_false|store_const|count|BooleanOptionalAction|help|version)$/.test(
    action ?? '',
  )
}

/** argparse calls bool("False"), which is True; without a type the text "False" is true as well. */
export function misreadsFalse({ source, type, default: preset }: ScriptFlag): boolean {
  if (source !== 'argparse') return false
  const isBoolean = preset?.kind === 'literal' && typeof preset.value === 'boolean'
  return type === 'bool' || (type === undefined && isBoolean)
}

/** Folders and files of the container, which SageMaker and not the user decides. */
export function isContainerPath(flag: ScriptFlag): boolean {
  const value = flag.default?.kind === 'literal' ? flag.default.value : undefined
  return (
    /(^|_)(dir|directory|path|file|folder|root)$/.test(plainName(flag.name)) ||
    (typeof value === 'string' && /^(\/|\.\.?\/|~\/)/.test(value))
  )
}

/** Set by launchers, or secret: never written into a config. */
export function isPrivate(flag: ScriptFlag): boolean {
  return /^(local_rank|help)$|(^|_)(token|secret|password|api_key)$/.test(plainName(flag.name))
}

/** Whether the script itself parses TrainingArguments from the command line. */
export function parsesTrainingArguments({ externalDataclasses }: ScriptFlags): boolean {
  return externalDataclasses.some((name) => name.endsWith('TrainingArguments'))
}

/** Whether the script looks for a checkpoint to go on from. */
export function resumes({ names, imports }: ScriptFlags): boolean {
  return (
    names.includes('resume_from_checkpoint') ||
    names.includes('get_last_checkpoint') ||
    imports.includes('holdfast_checkpoint')
  )
}

/** Whether the script puts its model where SageMaker takes it from, beside any output_dir. */
export function knowsModelDir({ strings }: ScriptFlags): boolean {
  return strings.some((text) => text === 'SM_MODEL_DIR' || text.startsWith('/opt/ml/model'))
}
