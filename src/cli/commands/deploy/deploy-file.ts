import type { Command } from 'commander'

/** `holdfast deploy FILE` reads well, and `-f FILE` is what every other command has: both do. */
export function withDeployFile(command: Command): Command {
  return command
    .argument('[file]', 'the deployment (default: deploy.yaml)')
    .option('-f, --file <file>', 'the same')
}

export function deployFileOf(
  command: Command,
  given: { argument: string | undefined; option: string | undefined },
): string {
  const { argument, option } = given
  if (argument !== undefined && option !== undefined && argument !== option)
    command.error(`error: two files are given, ${argument} and ${option}`)
  return argument ?? option ?? 'deploy.yaml'
}
