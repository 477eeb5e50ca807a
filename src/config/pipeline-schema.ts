/**
 * The schema of pipeline.yaml: the one source of its types, defaults, checks of single values, and
 * of the JSON Schema that editors read. What needs two values or the disk is in check-*.ts.
 */

import { z } from 'zod'
import { parseDuration } from '../duration'
import { trainerMetricDefinitions } from './metric-definitions'
import { instanceType, nameOf, refusal } from './schema-parts'

const text = (about: string) => z.string().min(1, 'must not be empty').describe(about)

const duration = (about: string, { least = 1 }: { least?: 0 | 1 } = {}) =>
  z
    .string()
    .max(40)
    .regex(
      /^(\d+(\.\d+)?[smhd])+$/,
      refusal('not a duration', 'write it with units, such as "90s", "45m", "4h" or "1h30m"'),
    )
    .describe(`${about} A duration with units: 90s, 45m, 4h, 1h30m.`)
    .transform((value) => parseDuration(value) ?? 0)
    .refine((seconds) => seconds >= least, 'must be at least one second')

const s3Uri = z
  .string()
  .regex(
    /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/.*)?$/,
    refusal('not an S3 URI', 'it looks like "s3://bucket/prefix"'),
  )

const wholeNumber = (about: string) => z.int().min(1).describe(about)

const dataset = z
  .strictObject({
    path: text('A CSV, TSV or JSONL file: relative to this file, absolute, or s3://bucket/key.'),
    format: z
      .enum(['csv', 'tsv', 'jsonl'])
      .optional()
      .describe('Default: from the ending of the path.'),
    encoding: z.enum(['utf-8', 'latin-1']).default('utf-8').describe('How the file is encoded.'),
    textColumn: text('Column of the text.').default('text'),
    labelColumn: text('Column of the label.').default('label'),
    labels: z
      .array(z.string().min(1))
      .min(2, refusal('a classifier needs at least two labels', 'list every label, in class order'))
      .optional()
      .describe('The only labels allowed, in class order. Default: those found, sorted.'),
    onInvalid: z
      .enum(['refuse', 'drop'])
      .default('refuse')
      .describe('A row that fails a check: refuse the dataset, or drop the row and count it.'),
    split: z
      .strictObject({
        test: z
          .number()
          .gt(0)
          .lt(1)
          .default(0.1)
          .describe('Share of the rows held out, between 0 and 1.'),
        seed: z
          .int()
          .min(0)
          .max(2 ** 32 - 1)
          .default(0)
          .describe('Seed of the shuffle and the split.'),
        validation: z
          .number()
          .gt(0)
          .lt(1)
          .optional()
          .describe(
            'Share of the rows kept from training to compare the trials of a sweep, and for evaluation during training. Default: none.',
          ),
      })
      .prefault({})
      .describe('How rows are divided into train and test.'),
    maxTrainSamples: wholeNumber('Use at most so many rows for training.').optional(),
    maxEvalSamples: wholeNumber('Use at most so many rows for evaluation.').optional(),
  })
  .describe('The labelled texts.')

const preprocess = z
  .strictObject({
    task: z
      .literal('text-classification')
      .default('text-classification')
      .describe('What the rows are prepared for.'),
    maxLength: z
      .int()
      .min(4)
      .max(131_072)
      .default(512)
      .describe('Longest input in tokens; longer texts are truncated.'),
    padding: z
      .enum(['none', 'max_length'])
      .default('none')
      .describe('none: the collator pads each batch. max_length: padded on disk.'),
  })
  .prefault({})
  .describe('Tokenization.')

const placement = z.strictObject({
  instanceType: instanceType('Instance type of this placement.'),
  useSpotInstances: z.boolean().default(true).describe('Managed spot, or on-demand.'),
})

const environmentName = z
  .string()
  .regex(
    /^[A-Z_][A-Z0-9_]*$/,
    refusal('not an environment variable name', 'use upper-case letters, digits and _'),
  )

/** Arguments of the estimator that Holdfast hands on untouched; their names are the SDK's, in camelCase. */
const estimatorArguments = {
  distribution: z
    .record(z.string(), z.json())
    .describe('Distributed training, as the SDK spells it.'),
  subnets: z
    .array(z.string().min(1))
    .min(1)
    .describe('Subnets of the VPC; needs securityGroupIds.'),
  securityGroupIds: z
    .array(z.string().min(1))
    .min(1)
    .describe('Security groups of the VPC; needs subnets.'),
  encryptInterContainerTraffic: z
    .boolean()
    .describe('Encrypt traffic between training containers.'),
  enableNetworkIsolation: z
    .boolean()
    .describe('No network for the container; needs a model directory.'),
  volumeKmsKey: z.string().min(1).describe('KMS key of the storage volume.'),
  outputKmsKey: z.string().min(1).describe('KMS key of the output.'),
  keepAlivePeriodInSeconds: z
    .int()
    .min(0)
    .max(21_600)
    .describe('Warm pool, in seconds; on-demand only.'),
  inputMode: z.enum(['File', 'FastFile', 'Pipe']).describe('How channels reach the container.'),
  maxRetryAttempts: z
    .int()
    .min(1)
    .max(30)
    .describe('Retries by SageMaker after its internal errors.'),
  trainingPlan: z.string().min(1).describe('ARN of a training plan.'),
  instanceGroups: z.array(z.record(z.string(), z.json())).describe('Heterogeneous cluster.'),
  compilerConfig: z.record(z.string(), z.json()).describe('Training Compiler.'),
  containerLogLevel: z.int().min(0).max(50).describe("Python's numeric log level."),
  containerEntryPoint: z.array(z.string()).describe('Entry point of the container.'),
  containerArguments: z.array(z.string()).describe('Arguments of the container.'),
  debuggerHookConfig: z.json().describe('Debugger hook, or false.'),
  profilerConfig: z.record(z.string(), z.json()).describe('Profiler.'),
  disableProfiler: z.boolean().describe('Switch the profiler off.'),
  rules: z.array(z.json()).describe('Debugger and profiler rules.'),
  tensorboardOutputConfig: z.record(z.string(), z.json()).describe('TensorBoard output.'),
  experimentConfig: z.record(z.string(), z.json()).describe('SageMaker Experiments.'),
  enableSagemakerMetrics: z.boolean().describe('Metrics as time series.'),
  enableSessionTagChaining: z.boolean().describe('Session tag chaining.'),
  enableRemoteDebug: z.boolean().describe('Remote debugging.'),
  enableInfraCheck: z.boolean().describe('Health check of the infrastructure first.'),
  trainingRepositoryAccessMode: z
    .enum(['Platform', 'Vpc'])
    .describe('Where the image is pulled from.'),
  trainingRepositoryCredentialsProviderArn: z
    .string()
    .describe('Credentials of a private registry.'),
} as const

export const estimatorKeys = Object.keys(estimatorArguments) as (keyof typeof estimatorArguments)[]

const train = z
  .strictObject({
    entryPoint: text('The training script, relative to sourceDir.'),
    sourceDir: text(
      'Folder of the training code, relative to this file; or s3://…/sourcedir.tar.gz.',
    ),
    dependencies: z
      .array(z.string().min(1))
      .default([])
      .describe('Paths whose contents join the code.'),
    transformersVersion: text('Version of transformers in the image, in quotes.').optional(),
    pytorchVersion: text('Version of PyTorch in the image, in quotes.').optional(),
    tensorflowVersion: text('Version of TensorFlow in the image, in quotes.').optional(),
    pyVersion: z
      .string()
      .regex(/^py\d{2,3}$/, refusal('not a Python version', 'it looks like "py312"'))
      .optional()
      .describe('Python of the image.'),
    imageUri: text('A training image to use instead of the versions.').optional(),
    role: text(
      'ARN or name of the execution role. Default: SAGEMAKER_ROLE_ARN of the worker.',
    ).optional(),
    instanceType: instanceType('Instance type, such as ml.g5.xlarge.').optional(),
    instanceCount: wholeNumber('Number of instances.').default(1),
    volumeSize: wholeNumber('Storage volume in GiB.').default(30),
    useSpotInstances: z.boolean().optional().describe('Managed spot training. Default: true.'),
    placements: z
      .array(placement)
      .min(1)
      .optional()
      .describe(
        'Instance types tried in order when capacity is short. Default: spot, then on-demand.',
      ),
    maxRun: duration('Longest training time of one attempt.').prefault('24h'),
    maxWait: duration(
      'Longest time of one spot attempt, waiting included. Default: twice maxRun.',
    ).optional(),
    checkpointS3Uri: s3Uri
      .nullable()
      .optional()
      .describe('Where checkpoints go. Default: below the run. null: none.'),
    checkpointLocalPath: z
      .string()
      .regex(/^\//, 'must be an absolute path in the container')
      .optional()
      .describe('Checkpoint folder in the container. Default: /opt/ml/checkpoints.'),
    hyperparameters: z
      .record(z.string().min(1).max(256), z.json())
      .default({})
      .describe('Passed to the script as --name value, verbatim.'),
    environment: z
      .record(environmentName, z.string().max(512))
      .default({})
      .describe('Environment variables. Secrets only as env:NAME.'),
    metricDefinitions: z
      .array(
        z.strictObject({ Name: z.string().min(1).max(255), Regex: z.string().min(1).max(500) }),
      )
      .max(40)
      .default(trainerMetricDefinitions)
      .describe("Metrics read from the log. Default: those of Hugging Face's Trainer."),
    tags: z.record(z.string(), z.string()).optional().describe('More tags, for the training job.'),
    ...z.strictObject(estimatorArguments).partial().shape,
  })
  .describe('The training job: names of the SageMaker estimator, in camelCase.')

const evaluate = z
  .strictObject({
    metric: text('The metric that the gate reads.').default('eval_accuracy'),
    atLeast: z
      .number()
      .optional()
      .describe('The gate: the metric must reach this to be published.'),
    entryPoint: text("A script to run instead of Holdfast's own evaluate.py.").optional(),
    instanceType: instanceType("Default: the training's.").optional(),
    maxRun: duration('Longest time of the evaluation.').prefault('1h'),
  })
  .prefault({})
  .describe('Scores the trained model on the held-out rows.')

const cronLine = z.string().min(1, 'must not be empty').max(200)

const mostLines = 20

/** Why something is neither a line nor a list of lines. */
function notCron(input: unknown): string {
  if (Array.isArray(input) && input.length > mostLines)
    return refusal(
      `${input.length} lines; at most ${mostLines}`,
      'one may say more: "0 2,14 * * *"',
    )
  const broken = Array.isArray(input) ? input.findIndex((line) => typeof line !== 'string') : -1
  return refusal(
    broken >= 0
      ? `line ${broken + 1} is not text`
      : `a cron line is text${typeof input === 'number' ? `, not the number ${input}` : ''}`,
    'write one such as "0 2 * * *", or a list of lines',
  )
}

const schedule = z
  .strictObject({
    cron: z
      .union([cronLine, z.array(cronLine).min(1, 'needs at least one line').max(mostLines)], {
        error: ({ input }) => notCron(input),
      })
      .describe(
        'When: five fields (minute, hour, day of the month, month, day of the week), or a list of such lines.',
      ),
    timezone: text('IANA name of the timezone that the cron lines are read in.').default('UTC'),
    jitter: duration('Each firing is put off by a random time of up to so much.', {
      least: 0,
    }).prefault('0s'),
    overlap: z
      .enum(['skip', 'bufferOne'])
      .default('skip')
      .describe(
        'A firing that finds the one before still running: skip it, or run one more after it.',
      ),
    catchupWindow: duration(
      'Firings missed while Temporal was down are made up for if they are no older. At least 10s.',
    ).prefault('12h'),
    pauseOnFailure: z
      .boolean()
      .default(false)
      .describe('Pause the schedule when a nightly run fails.'),
  })
  .optional()
  .describe('Runs the pipeline by itself, once `holdfast schedule apply` has been said.')

export const pipelineSchema = z
  .strictObject({
    $schema: z.string().optional().describe('The JSON Schema of this file, for editors.'),
    name: nameOf('Name of the pipeline: lower-case letters, digits and hyphens.'),
    dataset,
    model: text(
      'A Hugging Face Hub id (id@revision to pin it), a local directory, or an s3:// prefix.',
    ),
    preprocess,
    train,
    evaluate,
    schedule,
    publish: z
      .strictObject({
        model: z
          .string()
          .regex(
            /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/,
            refusal('not a model name', 'use up to 63 letters, digits and hyphens'),
          )
          .describe('Name in the model registry.'),
      })
      .optional()
      .describe('Publishes what passes the gate. Absent: publishes nothing.'),
    storage: z
      .strictObject({
        bucket: z
          .string()
          .regex(
            /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
            refusal('not a bucket name', 'write it without s3:// and without a path'),
          )
          .optional()
          .describe('Default: sagemaker-{region}-{account}.'),
        prefix: z
          .string()
          .regex(
            /^[^/\s]+(\/[^/\s]+)*$/,
            refusal('not a key prefix', 'no slash at either end, no spaces'),
          )
          .default('holdfast')
          .describe('Key prefix below which everything lies.'),
      })
      .prefault({})
      .describe('Where data, code, checkpoints and models are kept.'),
    tags: z
      .record(z.string(), z.string())
      .default({})
      .describe('Tags on every AWS resource that is created.'),
  })
  .meta({ title: 'Holdfast pipeline', description: 'A Holdfast pipeline: pipeline.yaml.' })

/** What a user writes. */
export type PipelineInput = z.input<typeof pipelineSchema>
/** The same with defaults filled in and durations in seconds. */
export type PipelineConfig = z.output<typeof pipelineSchema>
