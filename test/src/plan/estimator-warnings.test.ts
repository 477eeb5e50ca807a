import type { ResolvedPipeline } from '../../../src/config/resolved-pipeline'
import { estimatorWarnings } from '../../../src/plan/estimator-warnings'
import { pipeline } from './pipeline'

function warningsOf(estimator: ResolvedPipeline['train']['estimator']): string[] {
  return estimatorWarnings({ train: { ...pipeline.train, estimator } })
}

test('parts of a distribution that the SDK drops are named', () => {
  const distribution = {
    torch_distributed: { enabled: true },
    mpi: { enabled: true },
    parameter_server: { enabled: true },
  }
  expect(warningsOf({ distribution })).toEqual([
    'distribution.mpi is not sent: beside torch_distributed nothing else is',
    'distribution.parameter_server is not sent: beside torch_distributed nothing else is',
  ])
  expect(warningsOf({ distribution: { mpi: { enabled: true } } })).toEqual([])
})

test('a rule that nobody knows is told, with the one that may be meant', () => {
  expect(warningsOf({ rules: [{ name: 'Overfitt' }] })).toEqual([
    'Overfitt is not a built-in rule that we know (did you mean Overfit?); a rule of your own needs imageUri',
  ])
  const known = [{ name: 'overfit' }, { name: 'ProfilerReport' }, { name: 'x', imageUri: 'i' }]
  expect(warningsOf({ rules: known })).toEqual([])
})

test('a field of raw that the service model does not have is told, at any depth', () => {
  const raw = {
    ResourceConfig: { InstanceTyp: 'ml.m5.large' },
    StoppingCondition: { MaxPendingTimeInSeconds: 7200 },
    InputDataConfig: [{ ChannelNam: 'x' }],
    HyperParameters: { anything: '1' },
  }
  const warnings = warningsOf({ raw })
  expect(warnings).toHaveLength(2)
  expect(warnings[0]).toContain('train.raw.ResourceConfig.InstanceTyp')
  expect(warnings[0]).toContain('did you mean InstanceType?')
  expect(warnings[1]).toContain('train.raw.InputDataConfig[0].ChannelNam')
})
