/**
 * `model` of deploy.yaml: the arguments of the SDK's `HuggingFaceModel`, in camelCase. Mappings whose
 * keys are capitalised go to the API as they are.
 */

import { z } from 'zod'
import { s3Uri, text, wholeNumber } from '../schema-parts'
import { serviceText, serviceTextMap, serviceTexts } from './service-values'
import { train } from './train'

/** Roles and versions are written as for a training job. */
const { role, transformersVersion, pytorchVersion, tensorflowVersion, pyVersion } = train.shape

/** Of a model, an endpoint or an inference component. */
export const servingName = (about: string) =>
  serviceText('EndpointName', { about, is: 'a name', like: 'reviews' })

export const hubContentArn = (about: string) =>
  serviceText('HubContentArn', {
    about,
    is: 'the ARN of a model',
    like: 'arn:aws:sagemaker:us-east-1:aws:hub-content/SageMakerPublicHub/Model/mine/1',
  })

export const kmsKey = (about: string) =>
  serviceText('KmsKeyId', { about, is: 'a KMS key', like: 'alias/serving' })

const modelFiles = z.strictObject({
  S3DataSource: z
    .strictObject({
      S3Uri: s3Uri('S3 prefix of the files, or URI of one object.'),
      S3DataType: z.enum(['S3Prefix', 'S3Object']).describe('What S3Uri names.'),
      CompressionType: z.enum(['None', 'Gzip']).describe('Whether it is packed.'),
      ModelAccessConfig: z
        .strictObject({ AcceptEula: z.boolean().describe('Accepts its conditions.') })
        .optional()
        .describe('Conditions of the model.'),
      HubAccessConfig: z
        .strictObject({ HubContentArn: hubContentArn('ARN of the model in its hub.') })
        .optional()
        .describe('Access through a private hub.'),
      ManifestS3Uri: s3Uri('URI of the manifest of the files.').optional(),
    })
    .describe('Where they lie.'),
})

const vpcConfig = z.strictObject({
  Subnets: serviceTexts('Subnets', {
    about: 'Subnets of the VPC.',
    is: 'a subnet',
    like: 'subnet-0123456789abcdef0',
  }),
  SecurityGroupIds: serviceTexts('VpcSecurityGroupIds', {
    about: 'Security groups of the VPC.',
    is: 'a security group',
    like: 'sg-0123456789abcdef0',
  }),
})

const imageConfig = z.strictObject({
  RepositoryAccessMode: z.enum(['Platform', 'Vpc']).describe('Where the image is pulled from.'),
  RepositoryAuthConfig: z
    .strictObject({
      RepositoryCredentialsProviderArn: serviceText('RepositoryCredentialsProviderArn', {
        about: 'Function that gives the credentials of a private registry.',
        is: 'the ARN of a function',
        like: 'arn:aws:lambda:us-east-1:111122223333:function:registry',
      }),
    })
    .optional()
    .describe('Credentials of a private registry.'),
})

const image = {
  transformersVersion,
  pytorchVersion,
  tensorflowVersion,
  pyVersion,
  imageUri: serviceText('ContainerImage', {
    about: 'An inference image to use instead of the versions.',
    is: 'an image',
    like: '111122223333.dkr.ecr.us-east-1.amazonaws.com/mine:1',
  }).optional(),
  imageConfig: imageConfig.optional().describe('Registry of imageUri.'),
}

const code = {
  entryPoint: text('Script with model_fn, predict_fn, …: relative to sourceDir, or to this file.')
    .meta({ examples: ['inference.py'] })
    .optional(),
  sourceDir: text(
    'Folder of the script, relative to this file; or s3://…/sourcedir.tar.gz.',
  ).optional(),
  dependencies: z
    .array(z.string().min(1))
    .optional()
    .describe('Paths that join the script, in code/lib.'),
  modelKmsKey: kmsKey('KMS key of the archive that the script is packed into.').optional(),
  codeLocation: s3Uri('S3 prefix of that archive. Default: the default bucket.').optional(),
}

/** A model that Holdfast published, in place of modelData. */
const published = {
  published: serviceText('EntityName', {
    about: 'Name under which a pipeline published it: the champion, or `version`.',
    is: 'a name',
    like: 'reviews',
  }).optional(),
  version: wholeNumber('Version of the published model. Default: the champion.').optional(),
  storage: s3Uri(
    'S3 prefix of the pipeline that published it. Default: holdfast/ in the default bucket.',
  ).optional(),
}

export const servingModel = z.strictObject({
  ...published,
  modelData: z
    .union([s3Uri('The model.tar.gz.'), modelFiles])
    .optional()
    .describe('s3:// URI of a model.tar.gz; or a mapping, for files that are not packed.'),
  env: serviceTextMap('EnvironmentMap', 'Variables of the container: HF_MODEL_ID, HF_TASK, ….')
    .optional()
    .meta({ examples: [{ HF_MODEL_ID: 'gpt2', HF_TASK: 'text-generation' }] }),
  role: role.describe('ARN or name of the execution role. Default: SAGEMAKER_ROLE_ARN.'),
  ...image,
  ...code,
  name: servingName("Name of the model. Default: the image's and the time.").optional(),
  modelServerWorkers: wholeNumber(
    'Processes of the server. Default: one for each processor.',
  ).optional(),
  containerLogLevel: z
    .int()
    .min(0)
    .max(50)
    .optional()
    .describe("Python's numeric log level. Default: 20."),
  vpcConfig: vpcConfig.optional().describe('VPC of the container.'),
  enableNetworkIsolation: z
    .boolean()
    .optional()
    .describe('No network for the container; needs modelData.'),
})
