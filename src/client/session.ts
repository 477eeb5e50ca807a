import type { Client as TemporalClient } from '@temporalio/client'

import { accountOf } from '../aws/account'
import { createAwsClients, type AwsClients } from '../aws/clients'
import { createStorage, type Storage } from '../aws/storage'
import type { Price } from '../prices/price'

/** What every call of the client shares: connections are made when they are first needed. */
export interface Session {
  temporal: TemporalClient
  aws: AwsClients
  storage(): Promise<Storage>
  /** Those that `holdfast prices refresh` fetched for the session's region. */
  prices(): Promise<Price[]>
}

export function createSession({
  temporal,
  env,
}: {
  temporal: TemporalClient
  env: NodeJS.ProcessEnv
}): Session {
  const aws = createAwsClients({ env })
  const account = accountOf(aws.sts)
  return {
    temporal,
    aws,
    prices: async () => {
      const { knownPrices } = await import('../prices/known-prices.js')
      return knownPrices({ region: env['AWS_REGION'] ?? 'us-east-1', env })
    },
    storage: async () => createStorage({ s3: aws.s3, owner: await account() }),
  }
}
