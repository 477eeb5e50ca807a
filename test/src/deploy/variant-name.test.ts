import type { Release } from '../../../src/deploy/release'
import { withVariantName } from '../../../src/deploy/variant-name'

const named = (variantName: string) =>
  ({
    variantName,
    config: {
      EndpointConfigName: 'reviews-2',
      ProductionVariants: [{ VariantName: variantName, ModelName: 'reviews-2' }],
    },
  }) as Release
const namesOf = ({ variantName, config }: Release) => [
  variantName,
  ...(config.ProductionVariants ?? []).map(({ VariantName }) => VariantName),
]

test('a version that the service itself watches has the name of the one in front', () => {
  const release = withVariantName({ release: named('v-2'), inFront: ['v-1'], isGuarded: true })
  expect(namesOf(release)).toEqual(['v-1', 'v-1'])
  expect(release.config.ProductionVariants?.[0]?.ModelName).toBe('reviews-2')
})

test('one that is tried beside the one in front has a name of its own, also where that one has taken it', () => {
  const beside = (name: string, inFront: string[]) =>
    namesOf(withVariantName({ release: named(name), inFront, isGuarded: false }))
  expect(beside('v-2', ['v-1'])).toEqual(['v-2', 'v-2'])
  expect(beside('v-2', ['v-2'])).toEqual(['v-2-2', 'v-2-2'])
  expect(beside('v'.repeat(63), ['v'.repeat(63)])[0]).toBe(`${'v'.repeat(61)}-2`)
})
