import type { ResolvedTransform } from '../config/resolve-transform'
import type { TransformPlan } from '../plan/plan-transform'
import type { Cli } from './cli'
import { say } from './cli'
import { usePlatformEnv } from './platform-env'

/** Reads a transform file and plans it with what is known of prices; its warnings go to stderr. */
export async function loadTransformPlan(options: {
  cli: Cli
  file: string
  dataDir: string
  prices?: string | undefined
  /** Says nothing of the platform that is used. */
  quiet: boolean
}): Promise<{ transform: ResolvedTransform; plan: TransformPlan }> {
  const { cli, file, dataDir, prices, quiet } = options
  const { loadTransform } = await import('../config/load-transform.js')
  const { transform, warnings } = await loadTransform({ path: file, env: cli.env })
  await usePlatformEnv(cli, { dataDir, quiet })
  const { planTransform } = await import('../plan/plan-transform.js')
  const { regionOf } = await import('../plan/plan-site.js')
  const { knownPrices } = await import('../prices/known-prices.js')
  const { env } = cli
  const known = await knownPrices({ region: regionOf({ env }), env, file: prices })
  const plan = planTransform({ transform, prices: known, env })
  plan.warnings.unshift(...warnings)
  for (const warning of plan.warnings) say(cli, `${cli.errColors.yellow('warning:')} ${warning}`)
  return { transform, plan }
}
