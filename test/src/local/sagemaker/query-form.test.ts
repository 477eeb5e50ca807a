import { serviceModel } from '../../../../src/aws/service-model/service-model'
import { readForm } from '../../../../src/local/sagemaker/query-form'

function read(operation: string, form: Record<string, string>) {
  return readForm({
    model: serviceModel('cloudwatch'),
    operation,
    form: new URLSearchParams({ Action: operation, Version: '2010-08-01', ...form }),
  })
}

test('lists, structures, numbers and times are read by the shape of the input', () => {
  expect(
    read('GetMetricData', {
      StartTime: '2026-01-01T00:00:00Z',
      EndTime: '2026-01-01T00:01:00.500Z',
      'MetricDataQueries.member.2.Id': 'b',
      'MetricDataQueries.member.2.ReturnData': 'false',
      'MetricDataQueries.member.1.Id': 'a',
      'MetricDataQueries.member.1.MetricStat.Period': '60',
      'MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Name': 'x.y',
    }),
  ).toEqual({
    StartTime: 1_767_225_600,
    EndTime: 1_767_225_660.5,
    MetricDataQueries: [
      { Id: 'a', MetricStat: { Period: 60, Metric: { Dimensions: [{ Name: 'x.y' }] } } },
      { Id: 'b', ReturnData: false },
    ],
  })
})

test('more than nine members stay in order', () => {
  const form = Object.fromEntries(
    Array.from({ length: 12 }, (_, index) => [`Statistics.member.${index + 1}`, `s${index + 1}`]),
  )
  expect(read('GetMetricStatistics', form).Statistics).toEqual(
    Array.from({ length: 12 }, (_, index) => `s${index + 1}`),
  )
})

test('names that no shape has are left out, whatever they are', () => {
  expect(read('ListMetrics', { 'constructor.prototype': '1', '__proto__.x': '2' })).toEqual({})
})

test.each([
  ['Period', 'sixty'],
  ['Period', ''],
  ['StartTime', 'yesterday'],
])('%s that is %j is malformed', (name, value) => {
  expect(() => read('GetMetricStatistics', { [name]: value })).toThrow(`${name} must be of type`)
})
