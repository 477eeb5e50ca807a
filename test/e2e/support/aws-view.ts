import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListBucketsCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3'
import {
  DescribeTrainingJobCommand,
  ListModelPackagesCommand,
  ListProcessingJobsCommand,
  ListTrainingJobsCommand,
  SageMakerClient,
  type DescribeTrainingJobCommandOutput,
  type ModelPackageSummary,
} from '@aws-sdk/client-sagemaker'

/** What the services themselves say, asked with plain AWS clients that share no code with Holdfast. */
export interface AwsView {
  sagemaker: SageMakerClient
  s3: S3Client
  /** Names of the training jobs whose name contains this text, sorted. */
  trainingJobs(nameContains: string): Promise<string[]>
  /** Those of them that have not ended. */
  activeTrainingJobs(nameContains: string): Promise<string[]>
  processingJobs(nameContains: string): Promise<string[]>
  trainingJob(name: string): Promise<DescribeTrainingJobCommandOutput>
  /** Empty when there is no such group. */
  modelPackages(group: string): Promise<ModelPackageSummary[]>
  /** Undefined when it is not there. */
  object(uri: string): Promise<Buffer | undefined>
  remove(uri: string): Promise<void>
  /** URIs of everything that is stored, sorted. */
  objects(): Promise<string[]>
  close(): void
}

export function awsView(env: Record<string, string>): AwsView {
  const common = {
    region: env['AWS_REGION'] ?? '',
    credentials: {
      accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 10_000 },
  }
  const sagemaker = new SageMakerClient({
    ...common,
    endpoint: env['AWS_ENDPOINT_URL_SAGEMAKER'] ?? '',
    // ListTrainingJobs is throttled at 2/s, and the product asks too.
    maxAttempts: 10,
  })
  const s3 = new S3Client({
    ...common,
    endpoint: env['AWS_ENDPOINT_URL_S3'] ?? '',
    forcePathStyle: true,
  })
  const listJobs = async (nameContains: string) => {
    const command = new ListTrainingJobsCommand({ NameContains: nameContains, MaxResults: 100 })
    return (await sagemaker.send(command)).TrainingJobSummaries ?? []
  }
  const namesOf = (jobs: { TrainingJobName: string | undefined }[]) =>
    jobs.map(({ TrainingJobName }) => TrainingJobName ?? '').sort()
  return {
    sagemaker,
    s3,
    trainingJobs: async (nameContains) => namesOf(await listJobs(nameContains)),
    async activeTrainingJobs(nameContains) {
      const jobs = await listJobs(nameContains)
      return namesOf(
        jobs.filter(({ TrainingJobStatus: status }) =>
          ['InProgress', 'Stopping'].includes(status ?? ''),
        ),
      )
    },
    async processingJobs(nameContains) {
      const command = new ListProcessingJobsCommand({ NameContains: nameContains, MaxResults: 100 })
      const { ProcessingJobSummaries } = await sagemaker.send(command)
      return (ProcessingJobSummaries ?? [])
        .map(({ ProcessingJobName }) => ProcessingJobName ?? '')
        .sort()
    },
    trainingJob: (name) =>
      sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name })),
    async modelPackages(group) {
      try {
        const command = new ListModelPackagesCommand({ ModelPackageGroupName: group })
        return (await sagemaker.send(command)).ModelPackageSummaryList ?? []
      } catch (error) {
        if (error instanceof Error && /not exist|not found/i.test(error.message)) return []
        throw error
      }
    },
    async object(uri) {
      const [bucket = '', ...key] = uri.replace('s3://', '').split('/')
      try {
        const found = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key.join('/') }))
        return Buffer.from((await found.Body?.transformToByteArray()) ?? [])
      } catch (error) {
        if (error instanceof Error && error.name === 'NoSuchKey') return undefined
        throw error
      }
    },
    async remove(uri) {
      const [bucket = '', ...key] = uri.replace('s3://', '').split('/')
      await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key.join('/') }))
    },
    async objects() {
      const { Buckets = [] } = await s3.send(new ListBucketsCommand({}))
      const uris: string[] = []
      for (const { Name: Bucket = '' } of Buckets) {
        for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket }))
          uris.push(...Contents.map(({ Key }) => `s3://${Bucket}/${Key ?? ''}`))
      }
      return uris.sort()
    },
    close() {
      sagemaker.destroy()
      s3.destroy()
    },
  }
}
