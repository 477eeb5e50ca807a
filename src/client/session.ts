import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import type { Client as TemporalClient } from '@temporalio/client'

import { createAwsClients, type AwsClients } from '../aws/clients'
import { createStorage, type Storage } from '../aws/storage'

/** What every call of the client shares: connections are made when they are first needed. */
export interface Session {
  temporal: TemporalClient
  aws: AwsClients
  storage(): Promise<Storage>
}

export function createSession({
  temporal,
  env,
}: {
  temporal: TemporalClient
  env: NodeJS.ProcessEnv
}): Session {
  const aws = createAwsClients({ env })
  let storage: Promise<Storage> | undefined
  return {
    temporal,
    aws,
    storage() {
      storage ??= aws.sts
        .send(new GetCallerIdentityCommand({}))
        .then(({ Account }) => createStorage({ s3: aws.s3, owner: Account ?? '' }))
      return storage
    },
  }
}
