/** What a deployment would create: every call in order, what a month costs, and nothing sent. */

import type { CreateModelInput } from '@aws-sdk/client-sagemaker'
import type { ResolvedDeployment } from '../config/resolve-deploy'
import { publishedRoot } from '../deploy/published-root'
import type { AwsCall } from '../estimator/aws-call'
import { deployCalls } from '../estimator/deploy-calls'
import type { EstimatorFault } from '../estimator/estimator-fault'
import { defaultBucketName } from '../estimator/hugging-face-estimator'
import type { EstimatorSession } from '../estimator/hugging-face-estimator'
import type { ServingStamps } from '../estimator/hugging-face-model'
import { plannedRole } from '../estimator/role-arn'
import { servingFaults } from '../estimator/serving-refusals'
import type { Price } from '../prices/price'
import { plannedStamps, readableNames } from './deploy-names'
import { monthlyPrice } from './monthly-price'
import type { MonthlyPrice } from './monthly-price'
import { regionOf, regionWarnings } from './plan-site'
import { plannedArchive } from './planned-archive'

export interface DeployPlan {
  /** What is created, in order; names in angle brackets are decided when it is deployed. */
  calls: AwsCall[]
  region: string
  image: string
  /** What the service would refuse, or the user would regret. */
  faults: EstimatorFault[]
  warnings: string[]
  price: MonthlyPrice
}

export interface DeployPlanOptions {
  deployment: ResolvedDeployment
  /** Absent: the region of `env`, and `<account>`. The bucket is the SDK's unless one is named. */
  session?: (Omit<EstimatorSession, 'defaultBucket'> & { defaultBucket?: string }) | undefined
  /** Absent: names have placeholders. */
  stamps?: ServingStamps | undefined
  /** What is known of prices; absent: nothing. */
  prices?: readonly Price[] | undefined
  env: Record<string, string | undefined>
}

/**
 * @throws HoldfastError `E_NO_IMAGE`, `E_IMAGE_VERSIONS`
 * @example
 * const { deployment } = await loadDeploy({ path: 'deploy.yaml' })
 * const { calls, price } = planDeploy({ deployment, env: process.env })
 * console.log(calls.map(({ op }) => op), price.usd) // ['CreateModel', 'CreateEndpointConfig', 'CreateEndpoint'] null
 */
export function planDeploy(options: DeployPlanOptions): DeployPlan {
  const { deployment, stamps, prices = [] } = options
  const { deploy } = deployment
  const region = regionOf(options)
  const account = options.session?.account ?? '<account>'
  const { role, warnings } = plannedRole({
    given: deployment.model.role,
    env: options.env,
    missing: 'no execution role: set model.role, or SAGEMAKER_ROLE_ARN',
    ...{ region, account },
  })
  const model = { ...deployment.model, ...publishedData(options, { region, account }), role }
  const calls = deployCalls({
    model,
    deploy,
    session: {
      region,
      account,
      defaultBucket: defaultBucketName({ region, account }),
      ...options.session,
    },
    ...(stamps ?? plannedStamps),
  })
  return {
    calls: stamps ? calls : readableNames(calls),
    region,
    image: imageOf(calls),
    faults: servingFaults({ model, deploy }),
    warnings: [...warnings, ...regionWarnings(options), ...scalingWarnings(deployment)],
    price: monthlyPrice({ deploy, prices }),
  }
}

function publishedData(
  { deployment: { published } }: DeployPlanOptions,
  place: { region: string; account: string },
): { modelData?: string } {
  if (!published) return {}
  const root = publishedRoot({ published, site: place })
  return { modelData: plannedArchive({ root, published }) }
}

function imageOf(calls: AwsCall[]): string {
  const created = calls.find(({ op }) => op === 'CreateModel')?.params as CreateModelInput
  return created.PrimaryContainer?.Image ?? ''
}

function scalingWarnings({ deploy, rollout }: ResolvedDeployment): string[] {
  const { initialInstanceCount: count = 1, managedInstanceScaling } = deploy
  const most = managedInstanceScaling?.MaxInstanceCount ?? rollout?.autoscaling?.max ?? count
  return most > count ? [`AWS may scale to ${most} instances; the price is of ${count}`] : []
}
