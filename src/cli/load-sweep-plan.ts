import type { SweepPlan } from '../plan/plan-sweep'
import type { ResolvedSweep } from '../sweep/resolved-sweep'
import type { Cli, GlobalOptions } from './cli'
import { say } from './cli'
import { usePlatformEnv } from './platform-env'
import { scriptWarnings } from './script-warnings'

/**
 * Reads a sweep file and its pipeline, and checks all that can be checked without a network; the
 * faults of both files are thrown all together, warnings go to stderr.
 */
export async function loadSweepPlan(
  cli: Cli,
  options: Pick<GlobalOptions, 'dataDir'> & { file: string; json: boolean; prices?: string },
): Promise<{ sweep: ResolvedSweep; plan: SweepPlan }> {
  const { loadSweep } = await import('../config/load-sweep.js')
  const { sweep, prices, warnings } = await loadSweep({ path: options.file, env: cli.env })
  await usePlatformEnv(cli, { dataDir: options.dataDir, quiet: options.json })
  const { planSweep, widestTrialOf } = await import('../plan/plan-sweep.js')
  const { regionOf } = await import('../plan/plan-site.js')
  const script = await scriptWarnings({ pipeline: widestTrialOf(sweep), env: cli.env })
  const { knownPrices } = await import('../prices/known-prices.js')
  const { regionsNamedBy } = await import('../regions/in-region.js')
  const known = await knownPrices({
    region: regionOf(cli),
    others: regionsNamedBy(sweep.pipeline),
    env: cli.env,
    given: { prices, path: options.file },
    file: options.prices,
  })
  const plan = planSweep({ sweep, prices: known, env: cli.env })
  plan.warnings.unshift(...warnings, ...script.map(({ message, hint }) => `${message} (${hint})`))
  for (const warning of plan.warnings) say(cli, `${cli.errColors.yellow('warning:')} ${warning}`)
  const { withPrices } = await import('../prices/price-pipeline.js')
  return { sweep: { ...sweep, pipeline: withPrices({ ...sweep, prices: known }) }, plan }
}
