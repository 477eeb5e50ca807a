import {
  DeleteEndpointCommand,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
} from '@aws-sdk/client-sagemaker'

import { whenThere } from '../src/aws/when-there'
import type { ServeSite } from '../src/deploy/release'
import { busy, inProgress } from './change-endpoint'
import type { Dependencies } from './dependencies'
import { checkOurs, findConfig, findModel, viewEndpoint } from './endpoint-service'

/** Deletes the endpoint; while it is being created or changed it cannot be, and is tried again. */
export async function deleteEndpoint(
  deps: Dependencies,
  { endpointName }: { site: ServeSite; endpointName: string },
): Promise<void> {
  const view = await viewEndpoint(deps, endpointName)
  if (view === null || view.status === 'Deleting') return
  checkOurs({ deps, endpointName, made: view })
  try {
    await whenThere(() =>
      deps.sagemaker.send(new DeleteEndpointCommand({ EndpointName: endpointName })),
    )
  } catch (error) {
    throw inProgress(error) ? busy(endpointName, view.status) : error
  }
}

/** Deletes endpoint configurations of ours and the models that no other kept one names. */
export async function removeConfigs(
  deps: Dependencies,
  options: { site: ServeSite; endpointName: string; configs: string[]; keep: string[] },
): Promise<void> {
  const { endpointName, configs, keep } = options
  const kept = new Set((await Promise.all(keep.map((name) => modelsOf(deps, name)))).flat())
  for (const name of configs.filter((each) => !keep.includes(each))) {
    const found = await findConfig(deps, name)
    const models = await modelsOf(deps, name)
    // Models first: a configuration that is gone no longer says which they were.
    for (const model of models.filter((each) => !kept.has(each)))
      await removeModel(deps, { endpointName, model })
    if (!found) continue
    checkOurs({ deps, endpointName, made: found })
    await whenThere(() =>
      deps.sagemaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: name })),
    )
  }
}

/** Those of a configuration; a version's model is called like its configuration. */
async function modelsOf(deps: Dependencies, configName: string): Promise<string[]> {
  const found = await findConfig(deps, configName)
  const named = (found?.config.ProductionVariants ?? []).map(({ ModelName = '' }) => ModelName)
  return [...new Set(found ? named : [configName])].filter((name) => name !== '')
}

async function removeModel(
  deps: Dependencies,
  { endpointName, model }: { endpointName: string; model: string },
): Promise<void> {
  const made = await findModel(deps, model)
  if (!made) return
  checkOurs({ deps, endpointName, made })
  await whenThere(() => deps.sagemaker.send(new DeleteModelCommand({ ModelName: model })))
}
