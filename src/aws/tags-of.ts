import { ListTagsCommand, type SageMakerClient } from '@aws-sdk/client-sagemaker'

/** All tags of a resource of SageMaker, whatever pages they come in. */
export async function tagsOf(
  sagemaker: SageMakerClient,
  arn: string,
): Promise<Record<string, string>> {
  const tags: Record<string, string> = {}
  let token: string | undefined
  do {
    const page = await sagemaker.send(
      new ListTagsCommand({ ResourceArn: arn, ...(token ? { NextToken: token } : {}) }),
    )
    for (const { Key = '', Value = '' } of page.Tags ?? []) tags[Key] = Value
    token = page.NextToken
  } while (token !== undefined)
  return tags
}
