import { setTimeout as sleep } from 'node:timers/promises'

import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime'

export interface SteadyRequests {
  /** Answers so far, by what they said. */
  answers: Map<string, number>
  failures: string[]
  /** Ends the loop, and waits for what is under way. */
  stop(): Promise<void>
}

/**
 * A client that asks an endpoint at a steady pace, one try each, as long as the test lets it: at most
 * `most` requests, and at most ten under way.
 */
export function steadyRequests(options: {
  endpoint: string
  endpointName: string
  credentials: { accessKeyId: string; secretAccessKey: string }
  body: string
  /** Of an answer: what is counted. */
  read: (body: string) => string
  /** Milliseconds. */
  every?: number
  most?: number
}): SteadyRequests {
  const { endpointName, body, read, every = 50, most = 3_000 } = options
  const runtime = new SageMakerRuntimeClient({
    region: 'us-east-1',
    endpoint: options.endpoint,
    credentials: options.credentials,
    maxAttempts: 1,
  })
  const answers = new Map<string, number>()
  const failures: string[] = []
  const underWay = new Set<Promise<void>>()
  let ended = false

  async function ask(): Promise<void> {
    try {
      const { Body } = await runtime.send(
        new InvokeEndpointCommand({
          EndpointName: endpointName,
          ContentType: 'application/json',
          Body: body,
        }),
      )
      const said = read(Body?.transformToString() ?? '')
      answers.set(said, (answers.get(said) ?? 0) + 1)
    } catch (error) {
      failures.push(String(error))
    }
  }
  async function loop(): Promise<void> {
    for (let count = 0; count < most && !ended; await sleep(every)) {
      if (underWay.size >= 10) continue
      count++
      const asked = ask().finally(() => underWay.delete(asked))
      underWay.add(asked)
    }
    await Promise.all(underWay)
  }
  const looping = loop()
  return {
    answers,
    failures,
    async stop() {
      ended = true
      await looping
      runtime.destroy()
    },
  }
}
