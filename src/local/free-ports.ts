import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * Below the ports that Linux (from 32768) and macOS (from 49152) hand to outgoing connections: a
 * service that was killed must find its port free when it comes back.
 */
const lowest = 20_000
const highest = 32_000

/**
 * Between the choice and the service that listens lie seconds, in which somebody else may choose: each
 * process looks in a part of its own, by its id, and beyond it only when that is full.
 */
const parts = 60
/** What this process has chosen already, whether it is listened on yet or not. */
const chosen = new Set<number>()

/** Distinct ports of 127.0.0.1 that nobody listens on. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  const size = (highest - lowest) / parts
  const own = lowest + (process.pid % parts) * size
  for (let tries = 0; ports.length < count; tries++) {
    const port = tries < size ? randomInt(own, own + size) : randomInt(lowest, highest)
    if (chosen.has(port)) continue
    chosen.add(port)
    if (await isFree(port)) ports.push(port)
  }
  return ports
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () =>
      server.close(() => resolve(true)),
    )
  })
}
