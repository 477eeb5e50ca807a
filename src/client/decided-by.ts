import { userInfo } from 'node:os'

import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts'

/** Milliseconds: who decides is not kept waiting for a name. */
const patience = 3_000

/**
 * Who a decision is by, unless they say: the user of this machine, and their AWS identity where
 * there is one.
 *
 * @example
 * await decidedBy(sts) // 'ada (arn:aws:iam::111122223333:user/ada)'
 */
export async function decidedBy(sts: STSClient): Promise<string> {
  const user = userName()
  try {
    const { Arn } = await sts.send(new GetCallerIdentityCommand({}), {
      abortSignal: AbortSignal.timeout(patience),
    })
    return Arn === undefined ? user : `${user} (${Arn})`.slice(0, 300)
  } catch {
    return user
  }
}

/** A container's user may have no name. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `user ${process.getuid?.() ?? 'unknown'}`
  }
}
