import { workerSettings } from '../../src/worker-settings'

test('a worker looks at its jobs as its variables say, and as documented without them', () => {
  expect(workerSettings({})).toEqual({ pollSeconds: 10, workers: 1, describeRate: 3, regions: [] })
  const env = {
    HOLDFAST_POLL_SECONDS: '1.5',
    HOLDFAST_WORKERS: '3',
    HOLDFAST_DESCRIBE_RATE: '0.5',
    HOLDFAST_REGIONS: 'eu-west-1, us-east-1,eu-west-1,us-gov-west-1',
    AWS_REGION: 'us-east-1',
  }
  expect(workerSettings(env)).toEqual({
    ...{ pollSeconds: 1.5, workers: 3, describeRate: 0.5 },
    // Its own needs no name, and nothing is named twice.
    regions: ['eu-west-1', 'us-gov-west-1'],
  })
})

test.each([
  ['HOLDFAST_POLL_SECONDS', '0', 'E_POLL_SECONDS'],
  ['HOLDFAST_POLL_SECONDS', 'soon', 'E_POLL_SECONDS'],
  ['HOLDFAST_WORKERS', '2.5', 'E_WORKERS'],
  ['HOLDFAST_WORKERS', '0', 'E_WORKERS'],
  ['HOLDFAST_DESCRIBE_RATE', '-1', 'E_DESCRIBE_RATE'],
  ['HOLDFAST_REGIONS', 'Ireland', 'E_REGIONS'],
  ['HOLDFAST_REGIONS', 'eu-west-1,,eu-west-2', 'E_REGIONS'],
])('%s=%s is refused by name', (name, value, code) => {
  expect(() => workerSettings({ [name]: value })).toThrow(
    expect.objectContaining({ code, what: `${name} is ${value}` }) as Error,
  )
})
