import { HoldfastError } from '../errors'
import type { MlflowAccess } from './mlflow-client'
import type { RequestSigner } from './sign-request'

interface Kind {
  /** `https://…` in a region. */
  host: (region: string) => string
  /** By which a request finds its server: the host is shared by all of a region. */
  header: string
  /** That requests are signed for. */
  service: string
}

/** As AWS's own plugin has them: aws/sagemaker-mlflow 0a5f7d8, `sagemaker_mlflow/`. */
const kinds: Record<string, Kind> = {
  'mlflow-tracking-server': {
    host: (region) => `https://${region}.experiments.sagemaker.aws`,
    header: 'x-mlflow-sm-tracking-server-arn',
    service: 'sagemaker-mlflow',
  },
  'mlflow-app': {
    host: (region) => `https://mlflow.sagemaker.${region}.app.aws`,
    header: 'x-sm-mlflow-app-arn',
    service: 'sagemaker',
  },
}

/**
 * SageMaker's own MLflow, named by its ARN: one host for all servers of a region, told apart by a
 * header, and every request signed with the worker's credentials.
 *
 * @throws HoldfastError `E_FEED`
 * @example
 * sagemakerMlflow({ arn: 'arn:aws:sagemaker:us-east-1:111122223333:mlflow-tracking-server/ours', env, signer })
 */
export function sagemakerMlflow(options: {
  arn: string
  env: NodeJS.ProcessEnv
  signer: RequestSigner
}): MlflowAccess {
  const { arn, env, signer } = options
  const [, region = '', type = ''] = shape.exec(arn) ?? []
  const kind = kinds[type]
  if (kind === undefined) {
    throw new HoldfastError({
      code: 'E_FEED',
      what: `the tracking URI is the ARN of no SageMaker MLflow: ${arn}`,
      where: 'feeds.mlflow.trackingUri',
      hint: 'an ARN reads arn:aws:sagemaker:REGION:ACCOUNT:mlflow-tracking-server/NAME, or …:mlflow-app/NAME',
    })
  }
  const { host, header, service } = kind
  return {
    // The plugin's own variable, for endpoints within a VPC.
    url: env['SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT'] || host(region),
    name: arn,
    headers: { [header]: arn },
    sign: (request) => signer(request, { region, service }),
  }
}

/** The plugin knows no other partitions. */
const shape = /^arn:(?:aws|aws-us-gov):sagemaker:([a-z0-9-]+):\d{12}:([a-z-]+)\/[^/]+$/
