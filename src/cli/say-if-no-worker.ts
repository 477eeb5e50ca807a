import type { Client } from '../client'
import type { Cli } from './cli'
import { say } from './cli'

/** `what` waits, and only a worker can end that. */
export async function sayIfNoWorker(cli: Cli, client: Client, what: string): Promise<void> {
  if (await client.hasWorker()) return
  say(cli, `No worker is running: ${what} waits until one does (\`holdfast worker\`).`)
}
