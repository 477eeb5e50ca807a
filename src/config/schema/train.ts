/** `train`: the training job. */

import { z } from 'zod'
import { trainerMetricDefinitions } from '../metric-definitions'
import { duration, instanceType, json, refusal, s3Uri, text, wholeNumber } from '../schema-parts'
import { estimatorArguments } from './estimator-arguments'
import { gitConfig } from './git-config'
import { inputs } from './inputs'
import { placement, regions } from './placement'
import { serviceInstanceType, serviceShape, serviceText } from './service-values'
import { tags } from './tags'

const trainingInstanceType = (about: string) => serviceInstanceType('TrainingInstanceType', about)

const environmentName = z
  .string()
  .max(512)
  .regex(
    /^[a-zA-Z_][a-zA-Z0-9_]*$/,
    refusal('not an environment variable name', 'use letters, digits and _'),
  )

const metricDefinition = z.strictObject({
  Name: serviceText('MetricName', {
    about: 'Name of the metric.',
    is: 'a name',
    like: 'eval_loss',
  }),
  Regex: serviceText('MetricRegex', {
    about: 'What finds it in the log; the first group is the number.',
    is: 'a regular expression in one line',
    like: "'eval_loss': ([0-9.]+)",
  }),
})

const version = (about: string, examples: string[]) =>
  text(about).max(32).meta({ examples }).optional()

const image = {
  transformersVersion: version('Version of transformers in the image, in quotes.', ['4.56']),
  pytorchVersion: version('Version of PyTorch in the image, in quotes.', ['2.8']),
  tensorflowVersion: version('Version of TensorFlow in the image, in quotes.', ['2.6']),
  pyVersion: z
    .string()
    .max(8)
    .regex(/^py\d{2,3}$/, refusal('not a Python version', 'it looks like "py312"'))
    .optional()
    .describe('Python of the image.'),
  imageUri: serviceText('AlgorithmImage', {
    about: 'A training image to use instead of the versions.',
    is: 'an image',
    like: '111122223333.dkr.ecr.us-east-1.amazonaws.com/mine:1',
  })
    // A model package takes no other.
    .regex(/^\S+$/, refusal('not an image', 'write it without spaces'))
    .optional(),
}

const machines = {
  role: text('ARN or name of the execution role. Default: SAGEMAKER_ROLE_ARN of the worker.')
    .regex(
      /^([\w+=,.@-]{1,64}|arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@\-/]+)$/,
      refusal('neither a role name nor an ARN', 'such as "sagemaker" or its whole ARN'),
    )
    .meta({ examples: ['sagemaker', 'arn:aws:iam::111122223333:role/sagemaker'] })
    .optional(),
  instanceType: trainingInstanceType('Instance type, such as ml.g5.xlarge.').optional(),
  instanceCount: wholeNumber('Number of instances.').default(1),
  // The evaluation has a volume of the same size.
  volumeSize: wholeNumber('Storage volume in GiB.')
    .max(serviceShape('ProcessingVolumeSizeInGB').max ?? 16_384)
    .default(30),
  useSpotInstances: z.boolean().optional().describe('Managed spot training. Default: true.'),
  placements: z
    .array(placement)
    .min(1)
    .optional()
    .describe(
      'Instance types tried in order when capacity is short. Default: spot, then on-demand.',
    ),
  regions,
  maxRun: duration('Longest training time of one attempt.').prefault('24h'),
  maxWait: duration(
    'Longest time of one spot attempt, waiting included. Default: twice maxRun.',
  ).optional(),
  deadline: duration('Longest time of the whole training, all attempts together. Default: none.', {
    least: 120,
  }).optional(),
  maxUsd: z
    .number()
    .gt(0)
    .optional()
    .describe('The most that the whole training may cost, in US dollars. Needs prices.'),
  prices: z
    .record(instanceType('Instance type.'), z.number().gt(0))
    .optional()
    .describe('US dollars per hour of an instance type, before those of holdfast prices refresh.'),
  stalledAfter: duration('Time without progress after which a job is stopped. null: never.')
    .nullable()
    .prefault('30m')
    .describe(
      'Time without a log line or a step after which an attempt is stopped and, once, started again from its checkpoint. null: never. A duration with units: 90s, 45m, 4h, 1h30m.',
    ),
  checkpointS3Uri: s3Uri('An s3:// prefix.')
    .nullable()
    .optional()
    .describe('Where checkpoints go. Default: below the run. null: none.'),
  checkpointLocalPath: z
    .string()
    .max(1024)
    .regex(/^\/[^\r\n\u2028\u2029]*$/, 'must be an absolute path in the container')
    .optional()
    .describe('Checkpoint folder in the container. Default: /opt/ml/checkpoints.'),
}

const script = {
  // The toolkit in the container takes no other paths.
  entryPoint: text('The training script, relative to sourceDir.')
    .regex(/^[\w.+/-]+$/, refusal('not a script of the container', 'use letters, digits and ._+-/'))
    .meta({ examples: ['train.py', 'scripts/train.py'] }),
  sourceDir: text(
    'Folder of the training code, relative to this file; or s3://…/sourcedir.tar.gz.',
  ),
  dependencies: z
    .array(z.string().min(1))
    .default([])
    .describe('Paths whose contents join the code.'),
  gitConfig,
  hyperparameters: z
    .record(z.string().min(1).max(256).regex(/^.*$/, 'must be one line'), json)
    .default({})
    .describe('Passed to the script as --name value, verbatim.'),
  environment: z
    .record(environmentName, z.string().max(512))
    .default({})
    .describe('Environment variables. Secrets only as env:NAME.'),
  metricDefinitions: z
    .array(metricDefinition)
    .max(serviceShape('MetricDefinitionList').max ?? 40)
    .default(trainerMetricDefinitions)
    .describe("Metrics read from the log. Default: those of Hugging Face's Trainer."),
  inputs,
}

export const train = z
  .strictObject({
    ...script,
    ...image,
    ...machines,
    tags: tags('More tags, for the training job.').optional(),
    ...z.strictObject(estimatorArguments).partial().shape,
  })
  .describe('The training job: names of the SageMaker estimator, in camelCase.')
