import { DescribeModelPackageCommand } from '@aws-sdk/client-sagemaker'

import type { Lineage } from '../lineage/lineage'
import type { ChampionState } from '../models/champion'
import { championOf } from './champion-of'
import { endpointsOf } from './endpoints-of'
import { modelLineage } from './read-lineage'
import { findModel } from './find-model'
import { listModels, type ModelSession } from './list-models'

export interface ShownModel {
  lineage: Lineage
  modelPackageArn: string
  /** SageMaker's approval status, and what was said of it. */
  approval: { status: string; description: string | null }
  /** Whether this version is what the pointer names; null while the model has no pointer. */
  isChampion: boolean | null
  /** The champions, the present one first; null while the model has no pointer. */
  champion: ChampionState | null
  /** Endpoints that serve it, among the thousand newest; null when that cannot be asked. */
  endpoints: string[] | null
  /** False: the account has more endpoints than were looked at. */
  allEndpoints: boolean
}

/** A version of a model, or its champion (`reviews`, `reviews@3`), with everything that is known of it. */
export async function showModel(options: {
  session: ModelSession
  name: string
}): Promise<ShownModel> {
  const { session, name } = options
  const [model = '', version] = name.split('@')
  const found = await findModel({ model, session, ...(version !== undefined && { version }) })
  const { modelPackageArn, artifactUri } = found
  const versions = await listModels({ session, model })
  const [lineage, pointer, described, endpoints] = await Promise.all([
    modelLineage({ found, session }),
    championOf({ session, model, versions }),
    session.aws.sagemaker.send(
      new DescribeModelPackageCommand({ ModelPackageName: modelPackageArn }),
    ),
    endpointsOf({ session, modelPackageArn, artifactUri, source: `${model}@${found.version}` }),
  ])
  const champion = pointer?.state ?? null
  return {
    lineage,
    modelPackageArn,
    approval: {
      status: described.ModelApprovalStatus ?? '',
      description: described.ApprovalDescription ?? null,
    },
    isChampion: champion && champion.champion.modelPackageArn === modelPackageArn,
    champion,
    endpoints: endpoints?.names ?? null,
    allEndpoints: endpoints?.isAll ?? true,
  }
}
