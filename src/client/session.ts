import type { Client as TemporalClient } from '@temporalio/client'

import { ownRegion } from '../aws/own-region'
import { accountOf } from '../aws/account'
import { createAwsClients, type AwsClients } from '../aws/clients'
import { createStorage, type Storage } from '../aws/storage'
import type { Price } from '../prices/price'
import { envOfRegion } from '../regions/env-of-region'
import { watchedRegions } from '../regions/watched-regions'

/** What every call of the client shares: connections are made when they are first needed. */
export interface Session {
  temporal: TemporalClient
  aws: AwsClients
  /** Clients of another region, for jobs of placements that name it. */
  awsIn(region: string): AwsClients
  /** Those in which the workers of this environment watch jobs, beside its own. */
  regions(): string[]
  storage(): Promise<Storage>
  /** Those that `holdfast prices refresh` fetched for the session's region, and for `others`. */
  prices(others?: readonly string[]): Promise<Price[]>
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
  const elsewhere = new Map<string, AwsClients>()
  return {
    temporal,
    aws,
    awsIn(region) {
      const known = elsewhere.get(region)
      if (known) return known
      const clients = createAwsClients({ env: envOfRegion({ env, region }) })
      elsewhere.set(region, clients)
      return clients
    },
    regions: () => watchedRegions(env),
    prices: async (others = []) => {
      const { knownPrices } = await import('../prices/known-prices.js')
      return knownPrices({ region: ownRegion(env) ?? 'us-east-1', others, env })
    },
    storage: async () => createStorage({ s3: aws.s3, owner: await account() }),
  }
}
