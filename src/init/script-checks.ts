import { didYouMean } from '../config/did-you-mean'
import type { Hyperparameter, ResolvedPipeline } from '../config/resolved-pipeline'
import {
  isSwitch,
  knowsModelDir,
  misreadsFalse,
  modelFlag,
  parsesTrainingArguments,
  plainName,
  resumes,
} from './flag-roles'
import { checkOutputDir } from './output-dir-check'
import type { ScriptFlag, ScriptFlags } from './read-script-flags'
import type { ScriptWarning } from './script-warning'

/**
 * What the script will silently get wrong in the container: a warning for each, never a refusal,
 * because flags can be made in ways that a syntax tree does not show.
 *
 * @example
 * checkScript({ pipeline, script: await readScriptFlags({ path: join(sourceDir, entryPoint) }) })
 */
export function checkScript({
  pipeline,
  script,
}: {
  pipeline: ResolvedPipeline
  script: ScriptFlags
}): ScriptWarning[] {
  const { train } = pipeline
  return [
    ...checkHyperparameters(train.hyperparameters, script),
    ...checkRequired(train.hyperparameters, script),
    ...(pipeline.model ? checkModelName(train.hyperparameters, script) : []),
    ...checkSubcommand(script),
    ...checkOutputDir({ train, script }),
    ...checkPlaces({
      spot: train.placements.some((placement) => placement.useSpotInstances),
      hyperparameters: train.hyperparameters,
      script,
    }),
  ]
}

function checkHyperparameters(
  hyperparameters: Record<string, Hyperparameter>,
  script: ScriptFlags,
): ScriptWarning[] {
  return Object.entries(hyperparameters).flatMap(([key, value]): ScriptWarning[] => {
    const flag = flagFor(key, script)
    if (flag) return checkValue(key, value, flag)
    // What cannot be seen cannot be missed: computed names, and other modules' dataclasses.
    if (
      script.parsers.length === 0 ||
      script.unreadFlags > 0 ||
      script.externalDataclasses.length > 0
    )
      return []
    const nearest = didYouMean(
      key,
      script.flags.filter(({ subcommand }) => subcommand === undefined).map(({ name }) => name),
    )
    return [
      {
        check: 'unknown-flag',
        message: script.toleratesUnknown
          ? `the script has no --${key}; parse_known_args drops it and the default is used`
          : `the script has no --${key} and will stop with an argparse error`,
        hint: nearest
          ? `it declares --${nearest}: write "${nearest}"`
          : `remove it, or declare it in the script`,
      },
    ]
  })
}

/** The flag that argparse would take for a key: exact, or a prefix of just one (allow_abbrev). */
function flagFor(key: string, { flags }: ScriptFlags): ScriptFlag | undefined {
  const usable = flags.filter(({ subcommand }) => subcommand === undefined)
  const exact = usable.find(
    (flag) =>
      flag.names.includes(`--${key}`) ||
      flag.names.includes(`-${key}`) ||
      // HfArgumentParser makes both spellings of every field.
      (flag.source !== 'argparse' && plainName(flag.name) === plainName(key)),
  )
  if (exact) return exact
  const begun = usable.filter(({ names }) => names.some((name) => name.startsWith(`--${key}`)))
  return begun.length === 1 ? begun[0] : undefined
}

function checkValue(key: string, value: Hyperparameter, flag: ScriptFlag): ScriptWarning[] {
  if (isSwitch(flag)) {
    return [
      {
        check: 'switch',
        message: `--${key} is a switch (${flag.action}); SageMaker passes "--${key} ${pythonText(value)}", which sets it whatever the value`,
        hint: 'declare it with a value in the script, or remove it here',
      },
    ]
  }
  if (value === false && misreadsFalse(flag)) {
    return [
      {
        check: 'bool-type',
        message: `--${key} reads the text "False" as true, as type=bool does in Python`,
        hint: 'parse the text in the script, such as type=lambda text: text == "True"',
      },
    ]
  }
  const { choices } = flag
  if (
    choices &&
    choices.length > 0 &&
    !choices.some((choice) => plainText(choice) === plainText(value))
  ) {
    return [
      {
        check: 'choice',
        message: `--${key} ${pythonText(value)} is none of the script's choices`,
        hint: `one of ${choices.map((choice) => JSON.stringify(choice)).join(', ')}`,
      },
    ]
  }
  return []
}

/** 32 and "32" are the same on a command line. */
function plainText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function pythonText(value: Hyperparameter): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function checkRequired(
  hyperparameters: Record<string, Hyperparameter>,
  script: ScriptFlags,
): ScriptWarning[] {
  const given = new Set(Object.keys(hyperparameters).map(plainName))
  return script.flags
    .filter((flag) => flag.required && flag.subcommand === undefined)
    .filter((flag) => !given.has(plainName(flag.name)) && flag.name !== 'model_name')
    .map((flag) => ({
      check: 'required-flag',
      message: `the script requires --${flag.name}, which has no value here`,
      hint: `add "${flag.name}" to train.hyperparameters`,
    }))
}

/** Holdfast passes --model_name unless the config names the model itself. */
function checkModelName(
  hyperparameters: Record<string, Hyperparameter>,
  script: ScriptFlags,
): ScriptWarning[] {
  if ('model_name' in hyperparameters || 'model_name_or_path' in hyperparameters) return []
  if (script.parsers.length === 0 || script.unreadFlags > 0 || flagFor('model_name', script))
    return []
  const flag = modelFlag(script)
  if (flag && script.toleratesUnknown && flag.name in hyperparameters) return []
  const message = script.toleratesUnknown
    ? 'the script has no --model_name, so it does not learn which model to start from'
    : 'Holdfast passes --model_name, which the script does not declare and will stop at'
  return [
    {
      check: 'model-name',
      message,
      hint:
        flag && script.toleratesUnknown
          ? `set "${flag.name}" in train.hyperparameters`
          : 'declare --model_name in the script',
    },
  ]
}

function checkSubcommand(script: ScriptFlags): ScriptWarning[] {
  if (!script.subcommandRequired && script.positionals.length === 0) return []
  const what = script.subcommandRequired
    ? 'a subcommand'
    : `the positional argument ${script.positionals[0]}`
  return [
    {
      check: 'subcommand',
      message: `the script wants ${what}; SageMaker passes only --name value pairs`,
      hint: 'give it a default, or make a small entry point that calls the right part',
    },
  ]
}

function checkPlaces(options: {
  spot: boolean
  hyperparameters: Record<string, Hyperparameter>
  script: ScriptFlags
}): ScriptWarning[] {
  const { spot, hyperparameters, script } = options
  const warnings: ScriptWarning[] = []
  const isTold = Object.values(hyperparameters).some(
    (value) => typeof value === 'string' && value.startsWith('/opt/ml/model'),
  )
  if (spot && !resumes(script)) {
    warnings.push({
      check: 'no-resume',
      message:
        'spot training, and the script never resumes from a checkpoint: an interruption starts it again from nothing',
      hint: 'use holdfast_checkpoint in the script (two lines), or set useSpotInstances: false',
    })
  }
  if (!isTold && !knowsModelDir(script) && !parsesTrainingArguments(script)) {
    warnings.push({
      check: 'no-model-dir',
      message:
        'the script names neither SM_MODEL_DIR nor /opt/ml/model: what it saves elsewhere is lost',
      hint: 'save the model to os.environ["SM_MODEL_DIR"]',
    })
  }
  return warnings
}
