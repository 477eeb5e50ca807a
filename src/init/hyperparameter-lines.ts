import {
  isContainerPath,
  isPrivate,
  isSwitch,
  knowsModelDir,
  misreadsFalse,
  modelFlag,
  parsesTrainingArguments,
  plainName,
} from './flag-roles'
import type { ScriptFlag, ScriptFlags } from './read-script-flags'
import { commentText, yamlText } from './yaml-text'

/**
 * Where a script with an output_dir of its own should write: its checkpoints' synced folder when it
 * saves the model to SM_MODEL_DIR by itself, else the folder that becomes model.tar.gz.
 */
export function outputDirFor(script: ScriptFlags): string | undefined {
  const flag = script.flags.find(
    ({ name, subcommand }) => plainName(name) === 'output_dir' && subcommand === undefined,
  )
  const open = flag !== undefined && flag.default?.kind !== 'expression'
  if (!open && !parsesTrainingArguments(script)) return undefined
  return knowsModelDir(script) ? '/opt/ml/checkpoints' : '/opt/ml/model'
}

/** The `hyperparameters` block: flags with a literal default as they are, others as comments. */
export function hyperparameterLines({
  script,
  modelInContainer,
  outputDir,
}: {
  script: ScriptFlags
  /** What the script's model flag is given: a Hub id, or the channel's folder. */
  modelInContainer: string
  outputDir: string | undefined
}): string[] {
  const lines = new Map<string, string>()
  const model = modelFlag(script)
  if (outputDir !== undefined) {
    const flag = script.flags.find(({ name }) => plainName(name) === 'output_dir')
    lines.set(flag?.name ?? 'output_dir', `${yamlText(flag?.name ?? 'output_dir')}: ${outputDir}`)
  }
  if (parsesTrainingArguments(script)) {
    for (const name of ['do_train', 'do_eval']) {
      if (script.names.includes(name)) lines.set(name, `${name}: true`)
    }
  }
  for (const flag of script.flags) {
    if (flag.subcommand !== undefined || lines.has(flag.name)) continue
    if (flag === model) {
      // --model_name is passed by Holdfast itself.
      if (flag.name !== 'model_name')
        lines.set(flag.name, `${yamlText(flag.name)}: ${yamlText(modelInContainer)}`)
      continue
    }
    const line = lineFor(flag)
    if (line !== undefined) lines.set(flag.name, line)
  }
  const written = [...lines.values()]
  const block = written.some((line) => !line.startsWith('#'))
  return [
    block ? '  hyperparameters:' : '  hyperparameters: {}',
    ...written.map((line) => `    ${line}`),
  ]
}

function lineFor(flag: ScriptFlag): string | undefined {
  if (isPrivate(flag) || (isContainerPath(flag) && !flag.required)) return undefined
  const name = yamlText(flag.name)
  const about = flag.help ? ` # ${commentText(flag.help)}` : ''
  if (isSwitch(flag))
    return `# ${commentText(flag.name)}: a switch (${commentText(flag.action ?? '')}); SageMaker cannot set it`
  if (flag.default?.kind !== 'literal') {
    return flag.required
      ? `# ${commentText(name)}: required by the script, edit me${about.replace(' #', ':')}`
      : undefined
  }
  const { value, text } = flag.default
  if (value === null || value === '' || typeof value === 'object') return undefined
  if (value === false && misreadsFalse(flag)) {
    return `# ${commentText(flag.name)}: false by default; the script would read "False" as true`
  }
  return `${name}: ${typeof value === 'string' ? yamlText(value) : numberText(text)}${about}`
}

/** Python's 5e-05 with a point, so that YAML 1.1 readers see a number too. */
function numberText(text: string): string {
  return text.replace(/^(-?\d+)e/, '$1.0e')
}
