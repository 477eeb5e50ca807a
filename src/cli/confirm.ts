/** Asks on stderr, so that stdout stays data; Ctrl-C means no. */
export async function confirm(message: string): Promise<boolean> {
  const prompts = await import('@clack/prompts')
  return (await prompts.confirm({ message, output: process.stderr })) === true
}
