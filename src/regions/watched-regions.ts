import { ownRegion } from '../aws/own-region'
import { HoldfastError } from '../errors'

/**
 * Regions beside its own in which a worker creates, watches and reaps jobs, from `HOLDFAST_REGIONS`,
 * with commas. Empty unless set.
 *
 * @throws HoldfastError `E_REGIONS`
 */
export function watchedRegions(env: NodeJS.ProcessEnv): string[] {
  const text = env['HOLDFAST_REGIONS']?.trim() ?? ''
  const names = text === '' ? [] : text.split(',').map((name) => name.trim())
  if (names.every((name) => /^[a-z]{2}(-[a-z]+)+-\d{1,2}$/.test(name))) {
    const own = ownRegion(env)
    return [...new Set(names)].filter((name) => name !== own)
  }
  throw new HoldfastError({
    code: 'E_REGIONS',
    what: `HOLDFAST_REGIONS is ${text}`,
    hint: 'set it to names of regions with commas, such as eu-west-1,eu-central-1, or leave it out',
  })
}
