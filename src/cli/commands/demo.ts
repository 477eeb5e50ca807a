import { Command } from 'commander'
import { join } from 'node:path'
import type { Cli, GlobalOptions } from '../cli'

interface Options extends GlobalOptions {
  dir?: string
  interrupt: boolean
  shuffleLabels?: boolean
  json?: boolean
}

export function demoCommand(cli: Cli): Command {
  return new Command('demo')
    .description('train, interrupt, resume, evaluate and publish a real model on this machine')
    .option('--dir <dir>', "folder of the demo's files (default: <data-dir>/demo)")
    .option('--no-interrupt', 'do not take the spot capacity back in mid-training')
    .option('--shuffle-labels', 'train on labels dealt out at random, to see the gate refuse')
    .option('--json', 'print the final status as JSON instead of the id')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const { runDemo } = await import('../demo/run-demo.js')
      await runDemo(cli, {
        dataDir: options.dataDir,
        // Never where the true labels are: the next demo must not train on shuffled ones.
        dir: options.dir ?? join(options.dataDir, options.shuffleLabels ? 'demo-shuffled' : 'demo'),
        interrupt: options.interrupt,
        shuffleLabels: options.shuffleLabels === true,
        json: options.json === true,
      })
    })
}
