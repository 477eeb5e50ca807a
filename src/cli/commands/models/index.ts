import { Command } from 'commander'
import type { Cli } from '../../cli'
import { modelsLsCommand } from './ls'
import { modelsRollbackCommand } from './rollback'
import { modelsShowCommand } from './show'

export function modelsCommand(cli: Cli): Command {
  const models = new Command('models').description(
    'what was published: the champions, what each was made from, and the way back',
  )
  // `holdfast models` alone lists them.
  models.addCommand(modelsLsCommand(cli), { isDefault: true })
  for (const build of [modelsShowCommand, modelsRollbackCommand]) models.addCommand(build(cli))
  return models
}
