/** Execution roles are sent as ARNs; the SDK would ask IAM for the ARN of a name. */

import { HoldfastError } from '../errors'

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
