/** What the variant of a version is called in its endpoint; pure. */

import type { Release } from './release'

/** Characters that a variant's name may have (API reference, VariantName). */
const maxLength = 63

/**
 * The release with its variant called as the endpoint needs it: as the one in front where the service
 * itself watches the update ("your new endpoint configuration must have the same variant name as the
 * old endpoint configuration": developer guide, Deployment guardrails, Exclusions), and otherwise by a
 * name of its own.
 *
 * @example
 * withVariantName({ release, inFront: ['v-0123456789'], isGuarded: true })
 */
export function withVariantName(options: {
  release: Release
  /** Names of the variants of the version in front. */
  inFront: readonly string[]
  /** Whether the update has a DeploymentConfig and one version takes the place of the other. */
  isGuarded: boolean
}): Release {
  const { release, inFront, isGuarded } = options
  const [only, ...others] = inFront
  if (isGuarded && only !== undefined && others.length === 0) return renamed(release, only)
  // The version in front may have been given the name of the one that was there when it came.
  if (!inFront.includes(release.variantName)) return release
  return renamed(release, `${release.variantName.slice(0, maxLength - 2)}-2`)
}

function renamed(release: Release, variantName: string): Release {
  const { config } = release
  const ProductionVariants = config.ProductionVariants?.map((variant) => ({
    ...variant,
    VariantName: variantName,
  }))
  return { ...release, variantName, config: { ...config, ProductionVariants } }
}
