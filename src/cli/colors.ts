import pc from 'picocolors'

export type Colors = ReturnType<typeof pc.createColors>

/**
 * Colours for a stream: only on a terminal that can show them, and never against NO_COLOR.
 * `FORCE_COLOR` (other than `0`) turns them on where no terminal is seen.
 *
 * @example
 * const colors = colorsFor(process.stderr, process.env)
 * process.stderr.write(colors.red('failed'))
 */
export function colorsFor(stream: { isTTY?: boolean | undefined }, env: NodeJS.ProcessEnv): Colors {
  return pc.createColors(wantsColor(stream, env))
}

export function wantsColor(
  stream: { isTTY?: boolean | undefined },
  env: NodeJS.ProcessEnv,
): boolean {
  if (env['NO_COLOR']) return false
  if (env['FORCE_COLOR']) return env['FORCE_COLOR'] !== '0'
  return stream.isTTY === true && env['TERM'] !== 'dumb' && !env['CI']
}
