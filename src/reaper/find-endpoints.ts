import { paginateListEndpoints } from '@aws-sdk/client-sagemaker'

import { judgeEndpoint, type EndpointJudge } from './judge-endpoint'
import type { JudgedEndpoint } from './judged-endpoint'

/** Looks at every endpoint of the account and region. Changes nothing; in the order of their names. */
export async function findEndpoints(judge: EndpointJudge): Promise<JudgedEndpoint[]> {
  const judged: JudgedEndpoint[] = []
  for await (const { Endpoints = [] } of paginateListEndpoints({ client: judge.sagemaker }, {})) {
    for (const listed of Endpoints) {
      const endpoint = {
        endpointName: listed.EndpointName ?? '',
        arn: listed.EndpointArn ?? '',
        status: listed.EndpointStatus ?? '',
        createdAt: listed.CreationTime?.toISOString() ?? '',
        changedAt: listed.LastModifiedTime?.toISOString() ?? '',
      }
      const found = await judgeEndpoint({ judge, endpoint })
      if (found) judged.push(found)
    }
  }
  return judged.sort((a, b) => a.endpointName.localeCompare(b.endpointName))
}
