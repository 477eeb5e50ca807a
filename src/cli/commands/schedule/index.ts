import { Command } from 'commander'
import type { Cli } from '../../cli'
import { scheduleApplyCommand } from './apply'
import { scheduleBackfillCommand } from './backfill'
import { scheduleDeleteCommand } from './delete'
import { scheduleLsCommand } from './ls'
import { schedulePauseCommand } from './pause'
import { scheduleResumeCommand } from './resume'
import { scheduleShowCommand } from './show'
import { scheduleTriggerCommand } from './trigger'

export function scheduleCommand(cli: Cli): Command {
  const schedule = new Command('schedule').description('let pipelines run by themselves, at night')
  const commands = [
    scheduleApplyCommand,
    scheduleLsCommand,
    scheduleShowCommand,
    schedulePauseCommand,
    scheduleResumeCommand,
    scheduleTriggerCommand,
    scheduleBackfillCommand,
    scheduleDeleteCommand,
  ]
  for (const build of commands) schedule.addCommand(build(cli))
  return schedule
}
