import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../../cli'
import { print, printJson, say } from '../../cli'
import { countOption } from '../../parse-options'
import { usePlatformEnv } from '../../platform-env'

interface Options extends GlobalOptions {
  to?: number
  why?: string
  json?: boolean
}

const examples = `
Examples:
  holdfast models rollback reviews                       the champion before the present one
  holdfast models rollback reviews --to 3                version 3
  holdfast models rollback reviews --why "wrong labels"  with the reason, which is kept
`

export function modelsRollbackCommand(cli: Cli): Command {
  return new Command('rollback')
    .description('make an earlier version the champion again, after every byte of it was verified')
    .argument('<model>', 'name under which it was published')
    .option('--to <version>', 'another than the champion before the present one', countOption)
    .option('--why <text>', 'the reason, kept with the champion and in the registry')
    .option('--json', 'print { model, from, to, moved, by, why, sha256, artifactUri }')
    .addHelpText('after', examples)
    .action(async (model: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const { to, why, json = false } = options
      await usePlatformEnv(cli, { dataDir: options.dataDir, quiet: json })
      const { modelSession, rollbackModel } = await import('../../../client/models.js')
      const done = await rollbackModel({
        session: modelSession(cli.env),
        model,
        ...(to !== undefined && { to }),
        ...(why !== undefined && { why }),
      })
      if (json) return printJson(cli, done)
      print(cli, `${model}@${done.to}`)
      say(
        cli,
        done.moved
          ? `Version ${done.to} of ${model} is the champion again, instead of ${done.from}; its bytes are those of its manifest (sha256 ${done.sha256.slice(0, 12)}).`
          : `Version ${done.to} of ${model} is the champion already; its bytes are those of its manifest.`,
      )
      if (done.moved)
        say(
          cli,
          `Back: holdfast models rollback ${model} --to ${done.from}. Endpoints go on serving what they serve.`,
        )
    })
}
