import {
  CloudWatchClient,
  type GetMetricDataInput,
  type GetMetricDataOutput,
} from '@aws-sdk/client-cloudwatch'

import { requestsOfEndpoint } from '../../../src/aws/requests-of-endpoint'

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000]
const to = Date.parse('2026-11-24T03:00:30.000Z')

/** A client whose calls end before the network: page by page what the service would say. */
function answering(...pages: GetMetricDataOutput[]) {
  const asked: GetMetricDataInput[] = []
  const cloudwatch = new CloudWatchClient({ region: 'us-east-1' })
  cloudwatch.middlewareStack.add(
    () =>
      ({ input }) => {
        asked.push(input as GetMetricDataInput)
        const output = { ...pages[asked.length - 1], $metadata: {} }
        return Promise.resolve({ output, response: undefined })
      },
    { step: 'initialize' },
  )
  const ask = (milliseconds: number) =>
    requestsOfEndpoint({
      ...{ cloudwatch, endpointName: 'reviews', variants: ['old', 'new'] },
      ...{ from: to - milliseconds, to },
    })
  return { asked, ask }
}

const whole = (...all: number[][]) =>
  all.map((Values, index) => ({ Id: `m${index}`, StatusCode: 'Complete' as const, Values }))

test('requests are those of all variants and the backlog, over all pages', async () => {
  const { ask, asked } = answering(
    {
      NextToken: 'more',
      MetricDataResults: [
        { Id: 'm0', StatusCode: 'PartialData', Values: [1, 2] },
        ...whole([], [5], [3]).slice(1),
      ],
    },
    { MetricDataResults: [{ Id: 'm0', StatusCode: 'Complete', Values: [4] }] },
  )
  expect(await ask(hour)).toBe(1 + 2 + 4 + 5 + 3)
  const [{ MetricDataQueries = [] } = {}] = asked
  expect(
    MetricDataQueries.map(({ MetricStat: { Metric, Stat } = {} }) => [
      Metric?.MetricName,
      Stat,
      Metric?.Dimensions?.map(({ Value }) => Value),
    ]),
  ).toEqual([
    ['Invocations', 'Sum', ['reviews', 'old']],
    ['Invocations', 'Sum', ['reviews', 'new']],
    ['ApproximateBacklogSize', 'Maximum', ['reviews']],
  ])
})

test.each([
  [hour, 60, '2026-11-24T02:00:00.000Z'],
  [day + minute, 3_600, '2026-11-23T02:00:00.000Z'],
])(
  'the beginning of a time of %i ms is rounded down to its period, and the present minute is in it',
  async (time, period, start) => {
    const { ask, asked } = answering({ MetricDataResults: whole([], [], []) })
    expect(await ask(time)).toBe(0)
    const [{ StartTime, EndTime, MetricDataQueries = [] } = {}] = asked
    expect(StartTime?.toISOString()).toBe(start)
    expect(EndTime?.getTime()).toBe(to + minute)
    expect(MetricDataQueries.map(({ MetricStat }) => MetricStat?.Period)).toEqual(
      Array(3).fill(period),
    )
  },
)

test.each([
  ['is forbidden', [...whole([], []), { Id: 'm2', StatusCode: 'Forbidden' as const }]],
  ['is cut short', [...whole([], []), { Id: 'm2', StatusCode: 'PartialData' as const }]],
  ['is missing', whole([], [])],
])('where one of the metrics %s, nothing is concluded', async (_, MetricDataResults) => {
  const { ask } = answering({ MetricDataResults })
  await expect(ask(hour)).rejects.toMatchObject({ code: 'E_METRICS_UNREADABLE', where: 'reviews' })
})
