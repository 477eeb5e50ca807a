import { Command } from 'commander'
import type { Cli } from '../../cli'
import { pricesLsCommand } from './ls'
import { pricesRefreshCommand } from './refresh'

export function pricesCommand(cli: Cli): Command {
  return new Command('prices')
    .description('what an hour of an instance costs, by whom, and since when')
    .addCommand(pricesLsCommand(cli), { isDefault: true })
    .addCommand(pricesRefreshCommand(cli))
}
