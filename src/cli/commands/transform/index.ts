import { Command } from 'commander'
import type { Cli } from '../../cli'
import { transformAttachCommand } from './attach'
import { transformCancelCommand } from './cancel'
import { transformLsCommand } from './ls'
import { transformPlanCommand } from './plan'
import { transformRunCommand } from './run'

export function transformCommand(cli: Cli): Command {
  return new Command('transform')
    .description('run many inputs through a model, once: a batch transform')
    .addCommand(transformRunCommand(cli), { isDefault: true })
    .addCommand(transformPlanCommand(cli))
    .addCommand(transformAttachCommand(cli))
    .addCommand(transformCancelCommand(cli))
    .addCommand(transformLsCommand(cli))
}
