import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  WorkflowNotFoundError,
} from '@temporalio/client'

import { accountOf } from '../aws/account'
import type { ResolvedDeployment } from '../config/resolve-deploy'
import { planRelease } from '../deploy/plan-release'
import {
  deploymentIdOf,
  type DeploymentState,
  type Release,
  type ServeSite,
} from '../deploy/release'
import { HoldfastError } from '../errors'
import { searchAttributes } from '../search-attributes'
import { controlTaskQueue } from '../task-queues'
import { findPublished } from './find-published'
import { listEndpoints, type EndpointSummary } from './list-endpoints'
import { outcomeOf } from './outcome-of'
import type { Session } from './session'
import { startFailure } from './start-once'
import { uploadInferenceCode } from './upload-inference-code'

/** A change of an endpoint that goes on, or has ended. */
export interface ChangeHandle {
  /** Of the workflow. */
  id: string
  endpointName: string
  /** False: this very change was under way already. */
  created: boolean
  /** Answers with no worker running. */
  status(): Promise<DeploymentState>
  /** Resolves when the change has ended, whatever its outcome. */
  result(): Promise<DeploymentState>
  /** Asks for the end: the version before serves on. */
  cancel(): Promise<void>
}

export interface Deployments {
  deploy(deployment: ResolvedDeployment): Promise<ChangeHandle & { release: Release }>
  endpoints(): Promise<EndpointSummary[]>
  /** Also ends a deployment that is under way: its handle is given then, and `created` is false. */
  rollback(endpointName: string): Promise<ChangeHandle>
  undeploy(endpointName: string): Promise<ChangeHandle>
}

export function deploymentsOf(session: Session, env: NodeJS.ProcessEnv): Deployments {
  const siteOf = siteReader(session)
  return {
    async deploy(deployment) {
      const site = await siteOf()
      const published = deployment.published
        ? await findPublished({ session, site, published: deployment.published })
        : undefined
      const { model } = deployment
      const modelData = published?.modelData ?? model.modelData
      const packing =
        typeof modelData === 'string'
          ? await uploadInferenceCode({ session, site, model, modelData })
          : undefined
      const release = planRelease({ deployment, site, published, packing, env })
      const { endpointName, version, source } = release
      const handle = await startChange({
        ...{ session, endpointName, version },
        workflowType: 'deployment',
        input: { release, site },
        summary: `${endpointName}: ${source}`,
      })
      return { ...handle, release }
    },
    endpoints: () => listEndpoints({ session }),
    async rollback(endpointName) {
      const site = await siteOf()
      const underWay = await deploymentUnderWay({ session, endpointName })
      if (underWay) {
        await underWay.cancel()
        return underWay
      }
      return startChange({
        ...{ session, endpointName, version: 'rollback' },
        workflowType: 'rollback',
        input: { endpointName, site },
        summary: `${endpointName}: back to the version before`,
      })
    },
    undeploy: async (endpointName) =>
      startChange({
        ...{ session, endpointName, version: 'undeploy' },
        workflowType: 'undeployment',
        input: { endpointName, site: await siteOf() },
        summary: `${endpointName}: deleted`,
      }),
  }
}

function siteReader(session: Session): () => Promise<ServeSite> {
  const account = accountOf(session.aws.sts)
  return async () => ({
    account: await account(),
    region: await session.aws.sagemaker.config.region(),
  })
}

/** One change of an endpoint at a time: its workflow has the endpoint's name. */
async function startChange(options: {
  session: Session
  endpointName: string
  /** What is asked for: the same, and the one under way is as good. */
  version: string
  workflowType: 'deployment' | 'rollback' | 'undeployment'
  input: object
  summary: string
}): Promise<ChangeHandle> {
  const { session, endpointName, version, workflowType, input, summary } = options
  const id = deploymentIdOf(endpointName)
  const { workflow } = session.temporal
  try {
    const { firstExecutionRunId: runId } = await workflow.start(workflowType, {
      workflowId: id,
      taskQueue: controlTaskQueue,
      args: [input],
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.FAIL,
      memo: { asked: version },
      typedSearchAttributes: [{ key: searchAttributes.stage, value: 'looking' }],
      staticSummary: summary,
    })
    return changeHandle({ session, id, runId, endpointName, created: true })
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw startFailure(error)
  }
  const { memo, runId } = await workflow.getHandle(id).describe()
  if (memo?.['asked'] === version)
    return changeHandle({ session, id, runId, endpointName, created: false })
  throw new HoldfastError({
    code: 'E_DEPLOY_BUSY',
    what: 'another change of this endpoint is under way',
    where: endpointName,
    hint: `wait for it; a deployment is ended by \`holdfast rollback ${endpointName}\`; the workflow is ${id}`,
  })
}

/** Null where nothing is being deployed to the endpoint: another change of it is no deployment. */
async function deploymentUnderWay(options: {
  session: Session
  endpointName: string
}): Promise<ChangeHandle | null> {
  const { session, endpointName } = options
  const id = deploymentIdOf(endpointName)
  try {
    const { type, status, runId } = await session.temporal.workflow.getHandle(id).describe()
    if (type !== 'deployment' || status.name !== 'RUNNING') return null
    return changeHandle({ session, id, runId, endpointName, created: false })
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null
    throw error
  }
}

function changeHandle(options: {
  session: Session
  id: string
  /** Of this very change: the id is that of every change of the endpoint. */
  runId: string
  endpointName: string
  created: boolean
}): ChangeHandle {
  const { session, id, runId, endpointName, created } = options
  const workflow = session.temporal.workflow.getHandle(id, runId)
  return {
    id,
    endpointName,
    created,
    ...outcomeOf<DeploymentState>({
      ...{ session, id, runId, ended },
      key: 'deployment',
      initial: asked(endpointName),
    }),
    cancel: async () => {
      await workflow.cancel()
    },
  }
}

function asked(endpointName: string): DeploymentState {
  const nothing = { version: null, source: null, configName: null, previous: null, error: null }
  return { endpointName, change: 'deploy', phase: 'asked for', outcome: 'running', ...nothing }
}

function ended(how: string): NonNullable<DeploymentState['error']> {
  return {
    code: 'E_DEPLOY_ENDED',
    message: `the workflow was ended from outside (${how.toLowerCase()})`,
    hint: 'deploy again: it goes on from what is there',
  }
}
