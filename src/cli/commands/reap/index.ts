import { Command } from 'commander'
import type { Cli } from '../../cli'
import { reapNowCommand } from './now'
import { reapScheduleCommand } from './schedule'
import { reapUnscheduleCommand } from './unschedule'

export function reapCommand(cli: Cli): Command {
  return new Command('reap')
    .description('stop what is paid for and nobody wants any more: now, or every few minutes')
    .addCommand(reapNowCommand(cli), { isDefault: true })
    .addCommand(reapScheduleCommand(cli))
    .addCommand(reapUnscheduleCommand(cli))
}
