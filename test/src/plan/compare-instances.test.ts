import { formatComparison } from '../../../src/cli/format-comparison'
import { colorsFor } from '../../../src/cli/colors'
import { compareInstances } from '../../../src/plan/compare-instances'
import type { Price } from '../../../src/prices/price'
import { pipeline } from './pipeline'

const env = { SAGEMAKER_ROLE_ARN: 'arn:aws:iam::111122223333:role/sm', AWS_REGION: 'eu-west-1' }
const region = 'eu-west-1'
const prices: Price[] = [
  {
    instanceType: 'ml.p4d.24xlarge',
    use: 'training',
    usdPerHour: 40,
    region,
    source: 'https://list',
    readAt: '2026-11-24',
  },
]
const compare = (types: string[], over: object = {}) =>
  compareInstances({
    pipeline: { ...pipeline, train: { ...pipeline.train, ...over } },
    types,
    region,
    prices,
    env,
  })

test('each type has its GPUs, its price and the longest training that maxRun allows', () => {
  const { options } = compare(['ml.p4d.24xlarge', 'ml.g5.xlarge'], {
    instanceCount: 2,
    maxRun: 1800,
  })
  expect(options[0]).toMatchObject({
    gpus: { count: 8, memory: 320 },
    price: prices[0],
    longest: { onDemand: 40 },
    refusals: [],
  })
  expect(options[0]?.spot?.from).toBeCloseTo(4)
  expect(options[0]?.spot?.to).toBe(40)
  expect(options[1]).toMatchObject({ gpus: { count: 1, memory: 24 }, price: null, longest: null })
})

test('a type for CPUs is refused with an image for GPUs, and allowed with an image of one’s own', () => {
  const [cpu] = compare(['ml.m5.xlarge']).options
  expect(cpu).toMatchObject({ gpus: { count: 0 }, refusals: [{ code: 'E_NO_IMAGE' }] })
  const own = compare(['ml.m5.xlarge'], { imageUri: '111122223333.dkr.ecr/x:1' })
  expect(own.options[0]?.refusals).toEqual([])
})

test('a type without the data-parallel library is refused where it is asked for', () => {
  const { options } = compare(['ml.g5.48xlarge', 'ml.p4d.24xlarge'], {
    transformersVersion: '4.6',
    pytorchVersion: '1.7',
    pyVersion: 'py36',
    estimator: { distribution: { smdistributed: { dataparallel: { enabled: true } } } },
  })
  expect(options.map(({ refusals }) => refusals.map(({ code }) => code))).toEqual([
    ['E_SMDDP_INSTANCE'],
    [],
  ])
})

test('nothing is guessed about a type that is not known', () => {
  expect(compare(['ml.g99.xlarge']).options[0]?.gpus).toBeNull()
})

test('a heterogeneous cluster cannot be compared', () => {
  expect(() => compare(['ml.g5.xlarge'], { estimator: { instanceGroups: [] } })).toThrow(
    expect.objectContaining({ code: 'E_COMPARE_GROUPS' }) as Error,
  )
})

test('the table fits 80 columns, and no number is without a source', () => {
  const types = ['ml.p4d.24xlarge', 'ml.g5.xlarge', 'ml.m5.xlarge']
  const lines = formatComparison(compare(types), colorsFor({}, {}))
  expect(lines.slice(0, 8)).toEqual([
    'reviews in eu-west-1: 1 instance, at most 1h',
    'TYPE             GPUS  MEMORY   USD/H    SPOT USD/H     LONGEST USD  FITS',
    'ml.p4d.24xlarge  8     320 GiB  40       4.00 to 40.00  40.00        yes',
    'ml.g5.xlarge     1     24 GiB   unknown  unknown        unknown      yes',
    'ml.m5.xlarge     0     -        unknown  unknown        unknown      no',
    '  ml.m5.xlarge: the training image transformers 4.56.2 with pytorch 2.8.0',
    '  (py312) does not run on this instance type [E_NO_IMAGE]',
    '',
  ])
  expect(lines.join('\n')).toContain('eu-west-1\n    2026-11-24, https://list')
  expect(lines.at(-1)).toBe("  to fetch AWS's list: holdfast prices refresh --region eu-west-1")
  expect(lines.filter((line) => line.length > 80)).toEqual([])
})
