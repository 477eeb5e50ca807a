import { referencePattern } from '../config/secrets'
import { HoldfastError } from '../errors'
import type { MlflowAccess } from './mlflow-client'
import type { MlflowFeed } from './resolved-feeds'
import { sagemakerMlflow } from './sagemaker-mlflow'
import type { RequestSigner } from './sign-request'

/**
 * Where an MLflow server is and how it is spoken to, with every reference of the feed resolved: a URL,
 * or the ARN of one of SageMaker's own.
 *
 * @throws HoldfastError `E_SECRET_MISSING`, `E_FEED`
 * @example
 * mlflowAccess({ feed: { trackingUri: 'env:MLFLOW_TRACKING_URI' }, env: process.env, signer })
 */
export function mlflowAccess(options: {
  feed: MlflowFeed
  env: NodeJS.ProcessEnv
  /** By the worker's AWS credentials. */
  signer: RequestSigner
}): MlflowAccess {
  const { feed, env, signer } = options
  const resolved = (value: string, where: string): string => {
    const name = referencePattern.exec(value)?.[1]
    const found = name === undefined ? value : env[name]
    if (found !== undefined && found !== '') return found
    throw new HoldfastError({
      code: 'E_SECRET_MISSING',
      what: `the worker's environment has no ${name ?? ''}`,
      where,
      hint: `start the worker with ${name ?? 'it'} set`,
    })
  }
  const address = resolved(feed.trackingUri, 'feeds.mlflow.trackingUri')
  if (address.startsWith('arn:')) return sagemakerMlflow({ arn: address, env, signer })
  if (!/^https?:\/\//.test(address) || !URL.canParse(address)) {
    throw new HoldfastError({
      code: 'E_FEED',
      what: 'the tracking URI is neither an http(s) address nor the ARN of a SageMaker MLflow',
      where: 'feeds.mlflow.trackingUri',
      hint: 'name a server by its URL',
    })
  }
  const { url, user, secret } = withoutCredentials(address)
  const { token, username = user, password } = feed
  if (token !== undefined)
    return { url, headers: { authorization: `Bearer ${resolved(token, 'feeds.mlflow.token')}` } }
  if (username === '') return { url }
  const known = password === undefined ? secret : resolved(password, 'feeds.mlflow.password')
  const encoded = Buffer.from(`${username}:${known}`).toString('base64')
  return { url, headers: { authorization: `Basic ${encoded}` } }
}

/** MLflow's own clients take `https://user:password@host`; an address is told to people, so that those go elsewhere. */
function withoutCredentials(address: string): { url: string; user: string; secret: string } {
  const url = new URL(address)
  const [user, secret] = [url.username, url.password].map(decodeURIComponent)
  Object.assign(url, { username: '', password: '' })
  return { url: url.href, user: user ?? '', secret: secret ?? '' }
}
