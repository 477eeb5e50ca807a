import { Command } from 'commander'
import type { Cli } from '../../cli'
import { sweepAttachCommand } from './attach'
import { sweepExtendCommand } from './extend'
import { sweepLsCommand } from './ls'
import { sweepPauseCommand } from './pause'
import { sweepPlanCommand } from './plan'
import { sweepResumeCommand } from './resume'
import { sweepRunCommand } from './run'
import { sweepShowCommand } from './show'
import { sweepStopCommand } from './stop'

export function sweepCommand(cli: Cli): Command {
  const sweep = new Command('sweep').description(
    'search hyperparameters: many trials of one pipeline, the best of them published',
  )
  const commands = [
    sweepPlanCommand,
    sweepRunCommand,
    sweepLsCommand,
    sweepShowCommand,
    sweepAttachCommand,
    sweepPauseCommand,
    sweepResumeCommand,
    sweepExtendCommand,
    sweepStopCommand,
  ]
  for (const build of commands) sweep.addCommand(build(cli))
  return sweep
}
