/** Where a script with TrainingArguments writes, such as the example scripts of transformers. */

import type { ResolvedTrain } from '../config/resolved-pipeline'
import { knowsModelDir, parsesTrainingArguments, plainName } from './flag-roles'
import type { ScriptFlags } from './read-script-flags'
import type { ScriptWarning } from './script-warning'

/** Folders of the container that outlive the job. */
const kept = ['/opt/ml/model', '/opt/ml/checkpoints', '/opt/ml/output']
const hint = 'add output_dir: /opt/ml/model to train.hyperparameters'

/** Says nothing of a script that gives output_dir a value of its own, or saves its model elsewhere. */
export function checkOutputDir(options: {
  train: Pick<ResolvedTrain, 'hyperparameters' | 'checkpointLocalPath'>
  script: ScriptFlags
}): ScriptWarning[] {
  const { train, script } = options
  const declared = script.flags.some(({ name }) => plainName(name) === 'output_dir')
  if (!parsesTrainingArguments(script) || declared) return []
  const given = Object.entries(train.hyperparameters).find(
    ([key]) => plainName(key) === 'output_dir',
  )?.[1]
  if (given === undefined) {
    const message =
      'the script parses TrainingArguments and gets no output_dir: transformers 4 stops without it, later ones write where it is lost'
    return [{ check: 'output-dir', message, hint }]
  }
  if (typeof given !== 'string' || knowsModelDir(script) || isKept(given, train)) return []
  const message = `what the script writes to output_dir ${given} is lost when the job ends`
  return [{ check: 'output-dir', message, hint }]
}

function isKept(
  path: string,
  { checkpointLocalPath }: Pick<ResolvedTrain, 'checkpointLocalPath'>,
): boolean {
  const folders = checkpointLocalPath === undefined ? kept : [...kept, checkpointLocalPath]
  return folders.some((folder) => path === folder || path.startsWith(`${folder}/`))
}
