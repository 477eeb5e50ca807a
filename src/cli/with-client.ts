import type { Client } from '../client'
import type { Cli, GlobalOptions } from './cli'
import { usePlatformEnv } from './platform-env'

/** Connects, lends the client, and closes it whatever happens. */
export async function withClient<T>(
  cli: Cli,
  options: Pick<GlobalOptions, 'dataDir'> & { json?: boolean },
  use: (client: Client) => Promise<T>,
): Promise<T> {
  await usePlatformEnv(cli, { dataDir: options.dataDir, quiet: options.json === true })
  const { Client } = await import('../client/index.js')
  const client = await Client.connect({ env: cli.env })
  try {
    return await use(client)
  } finally {
    await client.close()
  }
}
