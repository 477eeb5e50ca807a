/**
 * The region that an environment names, as the SDK's clients are made with it: `AWS_REGION`, else
 * `AWS_DEFAULT_REGION`. Undefined where neither is set; a profile may name one then.
 *
 * @example
 * ownRegion({ AWS_DEFAULT_REGION: 'eu-west-1' }) // 'eu-west-1'
 */
export function ownRegion(env: Record<string, string | undefined>): string | undefined {
  return env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || undefined
}
