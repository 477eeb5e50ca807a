import { Command } from 'commander'
import type { Cli } from '../../cli'
import { applyCommand } from './apply'
import { backfillCommand } from './backfill'
import { deleteCommand } from './delete'
import { listCommand } from './ls'
import { pauseCommand } from './pause'
import { resumeCommand } from './resume'
import { showCommand } from './show'
import { triggerCommand } from './trigger'

export function scheduleCommand(cli: Cli): Command {
  const schedule = new Command('schedule').description('let pipelines run by themselves, at night')
  const commands = [
    applyCommand,
    listCommand,
    showCommand,
    pauseCommand,
    resumeCommand,
    triggerCommand,
    backfillCommand,
    deleteCommand,
  ]
  for (const build of commands) schedule.addCommand(build(cli))
  return schedule
}
