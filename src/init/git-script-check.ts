/** What can be told of a script that lies in a git repository, and is not here to be read. */

import { basename } from 'node:path'
import type { ResolvedTrain } from '../config/resolved-pipeline'
import { plainName } from './flag-roles'
import type { ScriptWarning } from './script-warning'

/** By https or SSH, of the Hub's own library: its scripts parse TrainingArguments. */
const transformersRepo = /[/:]huggingface\/transformers(\.git)?\/?$/i

/**
 * The example scripts of the Hub are called run_*.py; the first thing that they want is output_dir.
 *
 * @example
 * checkGitScript(pipeline.train) // [{ check: 'output-dir', message: 'examples/…', hint: '…' }]
 */
export function checkGitScript(
  train: Pick<ResolvedTrain, 'gitConfig' | 'entryPoint' | 'hyperparameters'>,
): ScriptWarning[] {
  const { gitConfig, entryPoint, hyperparameters } = train
  if (!gitConfig || !entryPoint.endsWith('.py')) return []
  const isExample =
    /^run_.+\.py$/.test(basename(entryPoint)) || transformersRepo.test(gitConfig.repo)
  const given = Object.keys(hyperparameters).some((key) => plainName(key) === 'output_dir')
  if (!isExample || given) return []
  return [
    {
      check: 'output-dir',
      message: `${entryPoint} of ${gitConfig.repo} looks like an example script of transformers and gets no output_dir: transformers 4 stops without it, later ones write where it is lost`,
      hint: 'add output_dir: /opt/ml/model to train.hyperparameters',
    },
  ]
}
