import { Command } from 'commander'
import type { Cli } from '../../cli'
import { deployPlanCommand } from './plan'
import { deployRunCommand } from './run'

export function deployCommand(cli: Cli): Command {
  return new Command('deploy')
    .description('deploy a model to its endpoint; `deploy plan` only says what that would be')
    .addCommand(deployRunCommand(cli), { isDefault: true })
    .addCommand(deployPlanCommand(cli))
}
