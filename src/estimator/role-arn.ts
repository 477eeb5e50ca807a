/** Execution roles are sent as ARNs; the SDK would ask IAM for the ARN of a name. */

import { HoldfastError } from '../errors'
import { partitionOf } from './instance-types'

/** @throws HoldfastError `E_ROLE_NAME` */
export function roleArn(role: string): string {
  if (role.includes('/')) return role
  throw new HoldfastError({
    code: 'E_ROLE_NAME',
    what: `the role ${role} is a name, and the request needs its ARN`,
    where: 'role',
    hint: 'give the full ARN, arn:aws:iam::<account>:role/<name>',
  })
}

/** An ARN as it is; a name as the ARN of a role without a path, in the account that pays. */
export function accountRoleArn(options: { role: string; region: string; account: string }): string {
  const { role, region, account } = options
  return role.includes('/') ? role : `arn:${partitionOf(region)}:iam::${account}:role/${role}`
}

/**
 * The role that a request is made with: the config's, or the environment's.
 *
 * @param options.where its key, such as `train.role`
 * @throws HoldfastError `E_NO_ROLE`
 */
export function executionRole(options: {
  given: string | undefined
  env: NodeJS.ProcessEnv
  where: string
  hint: string
  region: string
  account: string
}): string {
  const { given, env, where, hint, region, account } = options
  const role = given ?? env['SAGEMAKER_ROLE_ARN']
  if (role === undefined)
    throw new HoldfastError({ code: 'E_NO_ROLE', what: 'no execution role is set', where, hint })
  return accountRoleArn({ role, region, account })
}

/** The same for a plan, which lacks nothing and warns instead. */
export function plannedRole(options: {
  given: string | undefined
  env: NodeJS.ProcessEnv
  /** Warning where there is no role. */
  missing: string
  region: string
  account: string
}): { role: string; warnings: string[] } {
  const { given, env, missing, ...place } = options
  const role = given ?? env['SAGEMAKER_ROLE_ARN']
  if (role === undefined)
    return {
      role: accountRoleArn({ role: '<SAGEMAKER_ROLE_ARN>', ...place }),
      warnings: [missing],
    }
  const warning = `the role ${role} is a name: its ARN is taken to have no path`
  return { role: accountRoleArn({ role, ...place }), warnings: role.includes('/') ? [] : [warning] }
}
