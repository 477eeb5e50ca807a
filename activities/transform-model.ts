import { CreateModelCommand, DeleteModelCommand } from '@aws-sdk/client-sagemaker'

import { ownerTag } from '../src/aws/names'
import { whenThere } from '../src/aws/when-there'
import { HoldfastError } from '../src/errors'
import type { RunSite } from '../src/run-site'
import type { TransformOrder } from '../src/transform/transform-order'
import { transformRequests } from '../src/transform/transform-requests'
import { ownerOf, type Dependencies } from './dependencies'
import { findModel, type Made } from './endpoint-service'
import { modelNameOf } from './freeze-transform'
import { makeOnce } from './make-once'
import { resolveContainer } from './resolve-references'

/** Makes the model that the job loads, once. */
export async function makeTransformModel(
  deps: Dependencies,
  { site, order }: { site: RunSite; order: TransformOrder },
): Promise<{ modelName: string }> {
  const modelName = modelNameOf({ deps, site, order })
  const { model } = transformRequests({
    ...{ order, site, modelName, jobName: modelName, outputUri: site.run },
    tags: {
      'holdfast:managed-by': 'holdfast',
      'holdfast:run': site.runId,
      'holdfast:owner': ownerTag(ownerOf({ deps, site })),
    },
  })
  await makeOnce({
    what: order.name,
    find: () => findModel(deps, modelName),
    create: () =>
      deps.sagemaker.send(new CreateModelCommand(resolveContainer({ model, env: deps.env }))),
    checkOurs: (made) => checkOurs({ deps, site, made }),
  })
  return { modelName }
}

/** Deletes it; one that is gone, or not ours, is left alone. */
export async function removeTransformModel(
  deps: Dependencies,
  { site, order }: { site: RunSite; order: Pick<TransformOrder, 'name'> },
): Promise<void> {
  const modelName = modelNameOf({ deps, site, order })
  const made = await findModel(deps, modelName)
  if (!made || !isOurs({ deps, site, made })) return
  await whenThere(() => deps.sagemaker.send(new DeleteModelCommand({ ModelName: modelName })))
}

interface Owned {
  deps: Dependencies
  site: RunSite
  made: Made
}

function isOurs({ deps, site, made }: Owned): boolean {
  return made.tags['holdfast:owner'] === ownerTag(ownerOf({ deps, site }))
}

function checkOurs(owned: Owned): void {
  if (isOurs(owned)) return
  throw new HoldfastError({
    code: 'E_JOB_NAME_CONFLICT',
    what: 'a model of the name that this transform needs exists and is not ours',
    where: owned.made.arn,
    hint: 'somebody else created it; delete it, or change the name of the transform',
  })
}
