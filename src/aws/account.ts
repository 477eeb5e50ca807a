import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts'

import { HoldfastError } from '../errors'

/**
 * The account of our credentials, asked of STS once; a failure is forgotten, so that the next call
 * asks again. Never empty: an empty owner would check nothing.
 *
 * @example
 * const account = accountOf(sts)
 * await account() // '111122223333'
 */
export function accountOf(sts: STSClient): () => Promise<string> {
  let known: Promise<string> | undefined
  return () => {
    known ??= ask(sts).catch((error: unknown) => {
      known = undefined
      throw error
    })
    return known
  }
}

async function ask(sts: STSClient): Promise<string> {
  const { Account } = await sts.send(new GetCallerIdentityCommand({}))
  if (Account) return Account
  throw new HoldfastError({
    code: 'E_NO_ACCOUNT',
    what: 'STS did not say which account these credentials belong to',
    hint: 'check the credentials with `aws sts get-caller-identity`',
  })
}
