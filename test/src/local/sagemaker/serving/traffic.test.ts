import {
  trafficFault,
  trafficPlan,
  nextShare,
} from '../../../../../src/local/sagemaker/serving/traffic'
import type { Variant } from '../../../../../src/local/sagemaker/serving/serving-state'

const variants = (count: number): Variant[] => [
  {
    name: 'AllTraffic',
    container: { modelName: 'm', image: 'i', environment: {} },
    weight: 1,
    request: { InitialInstanceCount: count },
    instance: 'i-0',
    resolvedAt: 0,
  },
]
const routing = (given: object) => ({
  BlueGreenUpdatePolicy: { TrafficRoutingConfiguration: { WaitIntervalInSeconds: 60, ...given } },
})
const percent = (Value: number) => ({ Type: 'CAPACITY_PERCENT', Value })

test.each([
  ['no configuration', undefined, [1]],
  ['all at once', routing({ Type: 'ALL_AT_ONCE' }), [1]],
  [
    'a canary of 10 % of 4 instances',
    routing({ Type: 'CANARY', CanarySize: percent(10) }),
    [0.25, 1],
  ],
  ['steps of a third', routing({ Type: 'LINEAR', LinearStepSize: percent(33) }), [0.5, 1]],
  [
    'steps of one instance',
    routing({ Type: 'LINEAR', LinearStepSize: { Type: 'INSTANCE_COUNT', Value: 1 } }),
    [0.25, 0.5, 0.75, 1],
  ],
])('%s moves the traffic in its steps', (_, deploymentConfig, shares) => {
  const plan = trafficPlan({ deploymentConfig, variants: variants(4) })
  expect(plan.shares).toEqual(shares)
  const seen: number[] = []
  for (let share: number | null = 0; share !== null;) {
    share = nextShare(plan, { share, since: 0 })
    if (share !== null) seen.push(share)
  }
  expect(seen).toEqual(shares)
})

test.each([
  [routing({ Type: 'CANARY' }), 'CanarySize'],
  [routing({ Type: 'ALL_AT_ONCE', LinearStepSize: percent(10) }), 'LinearStepSize'],
  [routing({ Type: 'CANARY', CanarySize: percent(60) }), '50%'],
])('a configuration that contradicts itself is refused: %j', (deploymentConfig, words) => {
  expect(trafficFault({ deploymentConfig, variants: variants(4) })).toContain(words)
  expect(trafficFault({ deploymentConfig, variants: variants(1) })).toBeDefined()
})

test('an update must have more time than its waits', () => {
  const config = routing({ Type: 'ALL_AT_ONCE' })
  const policy = { ...config.BlueGreenUpdatePolicy, TerminationWaitInSeconds: 540 }
  const withLimit = (MaximumExecutionTimeoutInSeconds: number) =>
    trafficFault({
      deploymentConfig: { BlueGreenUpdatePolicy: { ...policy, MaximumExecutionTimeoutInSeconds } },
      variants: variants(1),
    })
  expect(withLimit(600)).toContain('larger than the total waiting time')
  expect(withLimit(601)).toBeUndefined()
})
