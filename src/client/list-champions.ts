import { championIn } from './find-model'
import { listModels, type ModelSession, type ModelSummary } from './list-models'

/** Every version, newest first; of each model one is marked as its champion. */
export async function listChampions(options: {
  session: ModelSession
}): Promise<(ModelSummary & { champion: boolean })[]> {
  const { session } = options
  const models = await listModels({ session })
  const champions = new Set<string>()
  for (const model of new Set(models.map((each) => each.model))) {
    const versions = models.filter((each) => each.model === model)
    const champion = await championIn({ session, model, versions })
    if (champion) champions.add(champion.modelPackageArn)
  }
  return models.map((each) => ({ ...each, champion: champions.has(each.modelPackageArn) }))
}
