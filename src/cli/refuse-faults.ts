import type { ResolvedPipeline } from '../config/resolved-pipeline'
import { HoldfastError } from '../errors'

/** Refuses what the service would refuse after the data has been prepared, all at once and before anything is created. */
export async function refuseFaults(options: {
  pipeline: ResolvedPipeline
  env: NodeJS.ProcessEnv
}): Promise<void> {
  const { planPipeline } = await import('../plan/index.js')
  const { regionOf } = await import('../plan/plan-site.js')
  const { knownPrices } = await import('../prices/known-prices.js')
  const { regionsNamedBy } = await import('../regions/in-region.js')
  const { env, pipeline } = options
  const prices = await knownPrices({
    region: regionOf({ env }),
    others: regionsNamedBy(pipeline),
    env,
  })
  const { faults } = planPipeline({ ...options, prices })
  const [first] = faults
  if (!first) return
  const others = faults.slice(1).map(({ field, what, hint }) => `${field}: ${what} (${hint})`)
  throw new HoldfastError({
    code: first.code,
    what: first.what,
    where: [first.field, ...others].join('\n         '),
    hint: first.hint,
  })
}
