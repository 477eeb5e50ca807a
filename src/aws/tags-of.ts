import { ListTagsCommand, type SageMakerClient } from '@aws-sdk/client-sagemaker'

/** All tags of a resource of SageMaker. */
export async function tagsOf(
  sagemaker: SageMakerClient,
  arn: string,
): Promise<Record<string, string>> {
  const { Tags = [] } = await sagemaker.send(new ListTagsCommand({ ResourceArn: arn }))
  return Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value]))
}
