import { Command } from 'commander'
import type { Cli } from '../../cli'
import { deployPlanCommand } from './plan'

export function deployCommand(cli: Cli): Command {
  return new Command('deploy')
    .description('say what a deployment would create: model, endpoint configuration, endpoint')
    .addCommand(deployPlanCommand(cli))
}
