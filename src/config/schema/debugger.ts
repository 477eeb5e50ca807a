/** Debugger, profiler, TensorBoard and experiments: arguments of the estimator, in camelCase. */

import { z } from 'zod'
import { s3Uri } from '../schema-parts'
import { serviceInstanceType, serviceText, serviceTextMap } from './service-values'

const containerFolder = (about: string) =>
  z
    .string()
    .max(1024)
    .regex(/^\/[^\r\n\u2028\u2029]*$/, 'must be an absolute path in the container')
    .optional()
    .describe(about)

const collection = z.strictObject({
  name: serviceText('CollectionName', {
    about: 'Name of the collection.',
    is: 'a name',
    like: 'gradients',
  }),
  parameters: serviceTextMap('CollectionParameters', 'Such as save_interval: "500".').optional(),
})

/** The service takes 20; a built-in rule brings one of its own. */
const collections = (about: string) => z.array(collection).max(20).optional().describe(about)

export const debuggerHookConfig = z
  .union([
    z.literal(false),
    z.strictObject({
      s3OutputPath: s3Uri('Where tensors go. Default: below the run.').optional(),
      containerLocalOutputPath: containerFolder('Folder of the tensors in the container.'),
      hookParameters: serviceTextMap('HookParameters', 'Parameters of the hook.').optional(),
      collectionConfigs: collections('Tensors that are saved.'),
    }),
  ])
  .describe('Debugger hook, on by default where the region has it; false turns it off.')

export const profilerConfig = z
  .strictObject({
    s3OutputPath: s3Uri('Where profiles go. Default: below the run.').optional(),
    systemMonitorIntervalMillis: z
      .literal([100, 200, 500, 1000, 5000, 60_000])
      .optional()
      .describe('Milliseconds between two measurements.'),
    profilingParameters: serviceTextMap(
      'ProfilingParameters',
      "The service's own ProfilingParameters.",
    ).optional(),
    disableProfiler: z.boolean().optional().describe('Switch the profiler off.'),
  })
  .describe('Profiler.')

/** As the service model's ConfigKey and ConfigValue. */
const oneLine = z.string().max(256).regex(/^.*$/, 'must be one line')

const rule = z.strictObject({
  name: serviceText('RuleConfigurationName', {
    about: 'A built-in rule, such as overfit; with imageUri, a name of your own.',
    is: 'a name',
    like: 'overfit',
  }).meta({ examples: ['overfit', 'vanishing_gradient', 'LossNotDecreasing'] }),
  kind: z
    .enum(['debugger', 'profiler'])
    .optional()
    .describe(
      'debugger looks at tensors, profiler at the machine. Default: what a built-in rule is; for a rule of your own, debugger.',
    ),
  imageUri: serviceText('AlgorithmImage', {
    about: 'Image of a rule of your own.',
    is: 'an image',
    like: '111122223333.dkr.ecr.us-east-1.amazonaws.com/rules:1',
  }).optional(),
  instanceType: serviceInstanceType(
    'ProcessingInstanceType',
    'Instance type of the rule.',
  ).optional(),
  volumeSizeInGb: z.int().min(0).max(16_384).optional().describe('GiB for the rule.'),
  containerLocalOutputPath: containerFolder("Folder of the rule's output in its container."),
  s3OutputPath: s3Uri("Where the rule's output goes.").optional(),
  ruleParameters: z
    .record(oneLine.min(1), z.union([oneLine, z.number()]))
    .refine((map) => Object.keys(map).length < 100, 'has more than 99 entries')
    .optional()
    .describe('Parameters of the rule.'),
  collectionsToSave: collections('Tensors that the rule needs. Default: those of a built-in rule.'),
})

export const rules = z.array(rule).min(1).max(20).describe('Debugger and profiler rules.')

export const tensorboardOutputConfig = z
  .strictObject({
    s3OutputPath: s3Uri('Where TensorBoard logs go.'),
    containerLocalOutputPath: containerFolder('Their folder in the container.'),
  })
  .describe('TensorBoard output.')

const entity = (about: string) =>
  serviceText('ExperimentEntityName', { about, is: 'a name', like: 'reviews-1' }).optional()

export const experimentConfig = z
  .strictObject({
    ExperimentName: entity('Name of an experiment.'),
    TrialName: entity('Name of a trial.'),
    TrialComponentDisplayName: entity('Name that is shown.'),
    RunName: entity('Name of a run.'),
  })
  .describe('SageMaker Experiments. Keys are those of the API.')
