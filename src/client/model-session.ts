import { accountOf } from '../aws/account'
import { createAwsClients } from '../aws/clients'
import { createStorage } from '../aws/storage'
import type { ModelSession } from './list-models'

/** Registry and bucket, as the environment says: no Temporal is asked, so that it may be down. */
export function modelSession(env: NodeJS.ProcessEnv): ModelSession {
  const aws = createAwsClients({ env })
  const account = accountOf(aws.sts)
  return { aws, storage: async () => createStorage({ s3: aws.s3, owner: await account() }) }
}
