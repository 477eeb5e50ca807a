import { HoldfastError } from '../errors'

/** Services that are asked in a job's own region, as in `AWS_ENDPOINT_URL_<service>`. */
const services = ['S3', 'SAGEMAKER', 'CLOUDWATCH_LOGS']

/**
 * The same environment, for clients of another region. Addresses that `AWS_ENDPOINT_URL…` names belong
 * to the worker's own region: there the ones of `HOLDFAST_ENDPOINT_URL_<service>_<region>` take their
 * place, such as `HOLDFAST_ENDPOINT_URL_S3_EU_WEST_1`.
 *
 * @throws HoldfastError `E_REGION_ENDPOINT` when a service has an address of its own here and none there
 * @example
 * createAwsClients({ env: envOfRegion({ env: process.env, region: 'eu-west-1' }) })
 */
export function envOfRegion(options: {
  env: NodeJS.ProcessEnv
  region: string
}): NodeJS.ProcessEnv {
  const { env, region } = options
  const there: NodeJS.ProcessEnv = { ...env, AWS_REGION: region, AWS_DEFAULT_REGION: region }
  for (const name of Object.keys(env)) if (/^AWS_ENDPOINT_URL(_|$)/.test(name)) delete there[name]
  for (const service of services) {
    const name = `HOLDFAST_ENDPOINT_URL_${service}_${region.toUpperCase().replaceAll('-', '_')}`
    const own = `AWS_ENDPOINT_URL_${service}`
    if (env[name]) there[own] = env[name]
    else if (env[own] ?? env['AWS_ENDPOINT_URL']) throw noEndpoint({ name, own })
  }
  return there
}

/** The clients would otherwise ask the address of another region, or AWS in place of a local platform. */
function noEndpoint({ name, own }: { name: string; own: string }): HoldfastError {
  return new HoldfastError({
    code: 'E_REGION_ENDPOINT',
    what: `${own} is an address of the workers' region, and no other is known for this one`,
    where: name,
    hint: `set ${name}, or no address for the workers' own region either`,
  })
}
