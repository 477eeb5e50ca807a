import type { Storage } from '../aws/storage'
import { HoldfastError } from '../errors'
import { moveChampion, readChampion, type ModelRef } from './champion'

/** How often another writer may be first before we leave it to a later try. */
const mostRaces = 20

/**
 * Makes a version the champion, unless a later one is, or it has been the champion before: a run that
 * comes late, or a try that is made again after somebody rolled back, turns nothing back.
 *
 * @param options.comparedWith the champion that it was found better than, null when there was none: of
 *   another one, which came meanwhile, nothing is known, and it stays. Absent: it was compared with none
 * @returns whether it is the champion now
 */
export async function promoteToChampion(options: {
  storage: Storage
  root: string
  model: string
  ref: ModelRef
  comparedWith?: { version: number } | null | undefined
}): Promise<boolean> {
  const { storage, root, model, ref, comparedWith } = options
  for (let races = 0; races < mostRaces; races++) {
    const found = await readChampion({ storage, root, model })
    if (found) {
      const { champion, previous } = found.state
      const arn = ref.modelPackageArn
      if (champion.modelPackageArn === arn) return true
      if (champion.packageVersion > ref.packageVersion) return false
      if (previous.some((each) => each.modelPackageArn === arn)) return false
      const isCompared = comparedWith?.version === champion.packageVersion
      if (comparedWith !== undefined && !isCompared) return false
    }
    if (await moveChampion({ storage, root, model, to: ref, by: ref.run, before: found }))
      return true
  }
  throw new HoldfastError({
    code: 'E_PUBLISH_CONFLICT',
    what: 'the champion was being moved by somebody else',
    where: model,
  })
}
