/** STS GetCallerIdentity: one account, one user. */

import type { Operation } from './context'

export const getCallerIdentity: Operation = async ({ account }) => ({
  output: {
    Arn: `arn:aws:iam::${account}:user/holdfast-local`,
    UserId: account,
    Account: account,
  },
})
