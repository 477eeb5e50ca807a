import { checkExpression, satisfies } from '../../../../../src/local/sagemaker/search/expression'

const job = {
  TrainingJobName: 'reviews-1',
  CreationTime: Date.parse('2026-01-31T12:00:00Z') / 1000,
  BillableTimeInSeconds: 100,
  EnableManagedSpotTraining: true,
  ModelArtifacts: { S3ModelArtifacts: 's3://bucket/a/model.tar.gz' },
  HyperParameters: { learning_rate: '0.3', 'net.depth': '2.7', optimiser: '"adam"' },
  FinalMetricDataList: [{ MetricName: 'eval.loss', Value: 0.25 }],
  Metrics: [{ MetricName: 'f1', Last: 0.9, Max: 0.95 }],
  Parameters: { epochs: { NumberValue: 3 } },
  Tags: [{ Key: 'team', Value: 'nlp' }],
  InputDataConfig: [
    { ChannelName: 'train', DataSource: { S3DataSource: { S3Uri: 's3://bucket/train' } } },
    { ChannelName: 'test', DataSource: { S3DataSource: { S3Uri: 's3://other/test' } } },
  ],
}

const filter = (Name: string, Operator?: string, Value?: string) => ({
  Filters: [{ Name, ...(Operator && { Operator }), ...(Value !== undefined && { Value }) }],
})

test.each([
  ['TrainingJobName', undefined, 'reviews-1'],
  ['TrainingJobName', 'NotEquals', 'reviews-2'],
  ['TrainingJobName', 'Contains', 'views'],
  ['TrainingJobName', 'In', 'other, reviews-1'],
  ['ModelArtifacts.S3ModelArtifacts', 'Equals', 's3://bucket/a/model.tar.gz'],
  ['BillableTimeInSeconds', 'GreaterThanOrEqualTo', '100'],
  ['BillableTimeInSeconds', 'LessThan', '100.5'],
  ['CreationTime', 'GreaterThan', '2026-01-31T11:59:59'],
  ['CreationTime', 'Equals', '2026-01-31T13:00:00+01:00'],
  ['EnableManagedSpotTraining', 'Equals', 'true'],
  ['HyperParameters.learning_rate', 'LessThan', '0.5'],
  // A decimal counts as an integer against an integer (API reference, Filter).
  ['HyperParameters.net.depth', 'LessThanOrEqualTo', '2'],
  ['HyperParameters.optimiser', 'Equals', '"adam"'],
  ['Metrics.f1', 'GreaterThan', '0.85'],
  ['Metrics.f1.Max', 'Equals', '0.95'],
  ['Parameters.epochs', 'Equals', '3'],
  ['Tags.team', 'Equals', 'nlp'],
  ['Tags.team', 'Exists', undefined],
  ['Tags.owner', 'NotExists', undefined],
  ['InputDataConfig.ChannelName', 'Equals', 'test'],
])('%s %s %s holds', (name, operator, value) => {
  expect(satisfies(filter(name, operator, value), job)).toBe(true)
})

test.each([
  ['TrainingJobName', 'Equals', 'reviews'],
  ['FailureReason', 'Contains', 'a'],
  ['HyperParameters.optimiser', 'GreaterThan', '0'],
  ['BillableTimeInSeconds', 'GreaterThan', '100'],
  ['Tags.team', 'NotEquals', 'nlp'],
  ['constructor.name', 'Exists', undefined],
])('%s %s %s does not hold', (name, operator, value) => {
  expect(satisfies(filter(name, operator, value), job)).toBe(false)
})

test('nested filters must hold of one and the same member', () => {
  const nested = (channel: string, uri: string) => ({
    NestedFilters: [
      {
        NestedPropertyName: 'InputDataConfig',
        Filters: [
          { Name: 'InputDataConfig.ChannelName', Value: channel },
          {
            Name: 'InputDataConfig.DataSource.S3DataSource.S3Uri',
            Operator: 'Contains',
            Value: uri,
          },
        ],
      },
    ],
  })
  expect(satisfies(nested('train', 'bucket'), job)).toBe(true)
  expect(satisfies(nested('train', 'other'), job)).toBe(false)
})

test('conditions are joined by And unless Or is said, at every depth', () => {
  const [yes, no] = [filter('Tags.team', 'Exists'), filter('Tags.owner', 'Exists')]
  expect(satisfies({ SubExpressions: [yes, no] }, job)).toBe(false)
  expect(satisfies({ SubExpressions: [yes, no], Operator: 'Or' }, job)).toBe(true)
  expect(
    satisfies({ ...yes, SubExpressions: [{ SubExpressions: [no, yes], Operator: 'Or' }] }, job),
  ).toBe(true)
  expect(satisfies({}, job)).toBe(true)
})

test('an expression that says too much or too little is refused', () => {
  const contains = { Name: 'TrainingJobName', Operator: 'Contains', Value: 'a' }
  const several = { Filters: [contains, contains] }
  expect(() => checkExpression(several)).toThrow("'CONTAINS' operator usage limit of 1 exceeded.")
  expect(() => checkExpression(filter('a', 'Equals'))).toThrow('Equals needs a Value (a)')
  expect(() => checkExpression(filter('a', 'Exists', '1'))).toThrow('Exists takes no Value (a)')
  const many = { SubExpressions: Array.from({ length: 51 }, () => filter('a', 'Exists')) }
  expect(() => checkExpression(many)).toThrow('at most 50 filters')
})
