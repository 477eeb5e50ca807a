import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { Context } from '@temporalio/activity'
import type { S3Client } from '@aws-sdk/client-s3'
import type { SageMakerClient } from '@aws-sdk/client-sagemaker'

import { faultPoints, quietPoints, type FaultPoint, type PointOrder } from './fault-points'

/** Milliseconds that a held call waits for the harness. */
const longestHold = 40_000

/**
 * Hangs the fault points into a worker's AWS clients. Nothing happens unless an order lies in `folder`
 * for the pipeline whose activity makes the call, or `nth` says that this process dies at the nth time
 * that a point is met by whomever.
 */
export function meetFaultPoints(options: {
  clients: { s3: S3Client; sagemaker: SageMakerClient }
  folder: string
  /** `name:nth`. */
  nth: string | undefined
}): void {
  const { clients, folder } = options
  const die = countdown(options.nth)

  async function meet(point: FaultPoint): Promise<'lose' | undefined> {
    if (die(point.name)) killSelf()
    const order = takeOrder({ folder, point: point.name })
    if (order === undefined) return undefined
    if (order.act === 'kill') killSelf()
    if (order.act === 'lose') return 'lose'
    writeFileSync(`${order.file}.reached`, '')
    const end = Date.now() + longestHold
    while (!existsSync(`${order.file}.go`) && Date.now() < end) await sleep(30)
    return undefined
  }

  type Next = (args: never) => Promise<unknown>
  const middleware =
    (next: Next, { commandName = '' }: { commandName?: string }) =>
    async (args: { input: object }) => {
      const points = pointsOf({ command: commandName.replace(/Command$/, ''), input: args.input })
      for (const point of points.filter(({ when }) => when === 'before'))
        if ((await meet(point)) === 'lose') throw connectionLost()
      const output = await next(args as never)
      for (const point of points.filter(({ when }) => when === 'after'))
        if ((await meet(point)) === 'lose') throw connectionLost()
      return output
    }
  // Below the SDK's own retries: each try meets the point, and a lost reply is retried by the SDK first.
  const at = { step: 'finalizeRequest', priority: 'low', name: 'meetFaultPoints' } as const
  clients.s3.middlewareStack.add(middleware as never, at)
  clients.sagemaker.middlewareStack.add(middleware as never, at)
}

/** The points that this call is: before it, after it, or none; by the activity that makes it. */
function pointsOf({ command, input }: { command: string; input: object }): FaultPoint[] {
  const activity = activityType()
  const { Key = '' } = input as { Key?: string }
  return [...faultPoints, ...quietPoints].filter(
    (point: FaultPoint) =>
      point.activity === activity &&
      point.commands.includes(command) &&
      (point.key === undefined || point.key.test(`/${Key}`)),
  )
}

function activityType(): string | undefined {
  try {
    return Context.current().info.activityType
  } catch {
    // The worker's own call, such as the one for its account.
    return undefined
  }
}

/** An order is for one pipeline and one point, and is carried out once, by whoever comes first. */
function takeOrder({ folder, point }: { folder: string; point: string }) {
  const workflowId = Context.current().info.workflowExecution?.workflowId ?? ''
  const pipeline = /^[a-z]+-\d{4}/.exec(workflowId)?.[0]
  if (pipeline === undefined) return undefined
  const file = join(folder, pipeline)
  try {
    const order = JSON.parse(readFileSync(`${file}.json`, 'utf8')) as PointOrder
    if (order.point !== point) return undefined
    renameSync(`${file}.json`, `${file}.taken`)
    return { ...order, file }
  } catch {
    // None, or another process was faster.
    return undefined
  }
}

function countdown(text: string | undefined): (name: string) => boolean {
  const [wanted = '', nth = '1'] = (text ?? '').split(':')
  let left = Number(nth)
  return (name) => name === wanted && --left === 0
}

/** As Node reports a connection that was cut: the caller cannot know what was carried out. */
function connectionLost(): Error {
  return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })
}

function killSelf(): never {
  process.kill(process.pid, 'SIGKILL')
  throw new Error('unreachable')
}
