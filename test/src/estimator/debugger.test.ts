import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { debugFields } from '../../../src/estimator/debugger'
import type { Rule } from '../../../src/estimator/debugger-rules'
import type {
  EstimatorSession,
  HuggingFaceEstimator,
} from '../../../src/estimator/hugging-face-estimator'
import { frameworkProfileParameters } from '../../../src/estimator/profiling-parameters'
import { float } from '../../../src/estimator/python-json'
import { ruleSourceCalls } from '../../../src/estimator/rule-source'
import { thrownBy } from './thrown-by'

const session: EstimatorSession = {
  region: 'us-east-1',
  account: '111122223333',
  defaultBucket: 'sagemaker-us-east-1-111122223333',
}
const fields = (estimator: Partial<HuggingFaceEstimator>, over?: Partial<EstimatorSession>) =>
  debugFields({
    estimator: { instanceType: 'ml.g5.2xlarge', ...estimator },
    jobName: 'job-1',
    session: { ...session, ...over },
    outputPath: 's3://out/',
  })
const codeOf = (rule: Rule) => thrownBy(() => fields({ rules: [rule] })).code

test('a framework profile without parts profiles all of them at their own steps', () => {
  const all = frameworkProfileParameters({})
  expect(all['DetailedProfilingConfig']).toBe('{"StartStep": 5, "NumSteps": 1, }')
  expect(all['PythonProfilingConfig']).toBe(
    '{"StartStep": 9, "NumSteps": 3, "ProfilerName": "cprofile", "cProfileTimer": "default", }',
  )
  expect(Object.keys(all)).toHaveLength(9)
})

test('a framework profile with parts profiles no others', () => {
  const some = frameworkProfileParameters({
    startStep: 1,
    dataloaderProfilingConfig: { duration: float(600), metricsRegex: 'loss' },
  })
  expect(some['DataloaderProfilingConfig']).toBe('{"Duration": 600.0, "MetricsRegex": "loss", }')
  expect(some['HorovodProfilingConfig']).toBeUndefined()
})

test.each([
  { startStep: 1, duration: 5 },
  { numSteps: 0 },
  { startStep: -1 },
  { fileMaxSize: 0 },
  { dataloaderProfilingConfig: { metricsRegex: '(' } },
])('a framework profile that cannot be followed is refused: %j', (profile) => {
  expect(thrownBy(() => frameworkProfileParameters(profile)).code).toBe('E_PROFILE')
})

test('SageMaker Profiler brings the rule that processes what it writes, unless another profiler rule is there', () => {
  const profilerConfig = { profileParams: {} }
  expect(fields({ profilerConfig }).ProfilerRuleConfigurations).toEqual([
    expect.objectContaining({
      RuleConfigurationName: 'DetailedProfilerProcessingJobConfig',
      RuleEvaluatorImage:
        '503895931360.dkr.ecr.us-east-1.amazonaws.com/detailed-profiler-processing:latest',
    }),
  ])
  const rules = [{ name: 'ProfilerReport' }]
  const made = fields({ profilerConfig, rules }).ProfilerRuleConfigurations
  expect(made?.map((rule) => rule.RuleConfigurationName)).toEqual(['ProfilerReport'])
  expect(thrownBy(() => fields({ profilerConfig }, { region: 'ap-south-1' })).code).toBe(
    'E_NO_IMAGE',
  )
  const both = { profileParams: {}, frameworkProfileParams: {} }
  expect(thrownBy(() => fields({ profilerConfig: both })).code).toBe('E_PROFILE')
})

test('an action is written as the rule’s container reads it, and stops this job by default', () => {
  const [rule] =
    fields({
      rules: [
        {
          name: 'overfit',
          actions: [{ type: 'stopTraining' }, { type: 'email', emailAddress: 'first.last@x.org' }],
        },
      ],
    }).DebugRuleConfigurations ?? []
  expect(rule?.RuleParameters?.['action_json']).toBe(
    '[{\\"name\\": \\"stoptraining\\", \\"training_job_prefix\\": \\"job-1\\"}, {\\"endpoint\\": \\"first.last@x.org\\", \\"name\\": \\"email\\"}]',
  )
})

test('a built-in rule may run under a name of one’s own, with its tensors and defaults', () => {
  const made = fields({
    rules: [
      { name: 'SlowLoss', builtIn: 'loss_not_decreasing', otherTrialsS3InputPaths: ['s3://a'] },
      { name: 'Batches', builtIn: 'BatchSize', ruleParameters: { window: 100 } },
    ],
  })
  expect(made.DebugRuleConfigurations?.[0]).toMatchObject({
    RuleConfigurationName: 'SlowLoss',
    RuleParameters: { rule_to_invoke: 'LossNotDecreasing', other_trial_0: 's3://a' },
  })
  expect(made.DebugHookConfig?.CollectionConfigurations?.[0]?.CollectionName).toBe('losses')
  expect(made.ProfilerRuleConfigurations?.[0]).toMatchObject({
    RuleConfigurationName: 'Batches',
    RuleParameters: { window: '100', patience: '1000' },
  })
})

test.each<[string, Rule]>([
  ['an e-mail address', { name: 'overfit', actions: { type: 'email', emailAddress: 'nobody' } }],
  ['a phone number', { name: 'overfit', actions: { type: 'sms', phoneNumber: '555' } }],
  ['a prefix', { name: 'overfit', actions: { type: 'stopTraining', trainingJobPrefix: 'a_b' } }],
  ['no name', { name: '' }],
  ['half a source', { name: 'Mine', imageUri: 'i:1', source: 's3://r/mine.py' }],
  ['another rule', { name: 'overfit', ruleParameters: { rule_to_invoke: 'Other' } }],
  ['a percentile', { name: 'CPUBottleneck', ruleParameters: { threshold: 120 } }],
  ['a parameter', { name: 'ProfilerReport', ruleParameters: { Nothing_threshold: 1 } }],
])('a rule is refused for %s that it cannot have', (_, rule) => {
  expect(codeOf(rule)).toBe('E_RULE')
})

test('a report takes the parameters of the rules that it runs', () => {
  const ruleParameters = { CPUBottleneck_cpu_threshold: 80, Dataloader_max_threshold: 200 }
  const made = fields({ rules: [{ name: 'ProfilerReport', ruleParameters }] })
  expect(made.ProfilerRuleConfigurations?.[0]?.RuleParameters).toMatchObject({
    CPUBottleneck_cpu_threshold: '80',
  })
})

describe('the file of a rule of one’s own', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-rule-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const own = (source: string): Rule => ({
    name: 'Mine',
    imageUri: 'i:1',
    source,
    ruleToInvoke: 'Mine',
  })

  test('is uploaded below the default prefix, under the same key at each attempt', async () => {
    const path = join(folder, 'mine.py')
    await writeFile(path, 'one\ntwo\n')
    const [put] = await ruleSourceCalls({
      rules: [own(path)],
      jobName: 'job-1',
      session: { ...session, defaultBucketPrefix: 'team' },
    })
    expect(put?.params).toEqual({
      Bucket: session.defaultBucket,
      Key: 'team/Mine/job-1/mine.py',
      ExpectedBucketOwner: session.account,
      Body: { $text_lines: 2 },
    })
    const made = fields({ rules: [own(path)] }, { defaultBucketPrefix: 'team' })
    expect(made.DebugRuleConfigurations?.[0]?.RuleParameters?.['source_s3_uri']).toBe(
      `s3://${session.defaultBucket}/team/Mine/job-1/mine.py`,
    )
  })

  test('stays where it is on S3, and must be there otherwise', async () => {
    const calls = (source: string) =>
      ruleSourceCalls({ rules: [own(source)], jobName: 'job-1', session })
    expect(await calls('s3://rules/mine.py')).toEqual([])
    await expect(calls(join(folder, 'absent.py'))).rejects.toMatchObject({ code: 'E_RULE' })
  })
})
