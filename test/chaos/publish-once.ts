/**
 * Publishes one artifact in a process of its own, which dies at one of its calls, as if its machine had
 * lost power: `node publish-once.js <order.json>`. Production code knows nothing of it.
 */
import { readFileSync } from 'node:fs'

import { MockActivityEnvironment } from '@temporalio/testing'
import { DefaultLogger } from '@temporalio/worker'
import { pino } from 'pino'

import type { Dependencies } from '../../activities'
import { publish, type PublishInput } from '../../activities/publish'
import { createAwsClients } from '../../src/aws/clients'

export interface PublishOrder {
  env: Record<string, string>
  account: string
  input: PublishInput
  /** A call's name: `PutObject …/champion.json`, `CreateModelPackage`, `POST …/commit/main`. */
  dieAt: string
  when: 'before' | 'after'
}

const order = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as PublishOrder
const fatal = new RegExp(order.dieAt)

function meet(call: string, when: PublishOrder['when']): void {
  if (when === order.when && fatal.test(call)) process.kill(process.pid, 'SIGKILL')
}

const clients = createAwsClients({ env: order.env })
type Next = (args: never) => Promise<unknown>
const middleware =
  (next: Next, { commandName = '' }: { commandName?: string }) =>
  async (args: { input: object }) => {
    const { Key = '' } = args.input as { Key?: string }
    const call = `${commandName.replace(/Command$/, '')} ${Key}`
    meet(call, 'before')
    const output = await next(args as never)
    meet(call, 'after')
    return output
  }
const at = { step: 'finalizeRequest', priority: 'low', name: 'dieAtCall' } as const
clients.s3.middlewareStack.add(middleware as never, at)
clients.sagemaker.middlewareStack.add(middleware as never, at)

const plainFetch = globalThis.fetch
globalThis.fetch = async (input, init) => {
  const url = input instanceof Request ? input.url : String(input)
  const call = `${init?.method ?? 'GET'} ${new URL(url).pathname}`
  meet(call, 'before')
  const answer = await plainFetch(input, init)
  meet(call, 'after')
  return answer
}

const deps = {
  ...clients,
  region: 'us-east-1',
  namespaceId: '6d0f5d0e-0000-4000-a000-000000000000',
  account: () => Promise.resolve(order.account),
  env: order.env,
  pollSeconds: 0.1,
  log: pino({ level: 'silent' }),
} as unknown as Dependencies
const activity = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') })
void activity
  .run(() => publish(deps, order.input))
  .then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
