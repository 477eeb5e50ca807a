/** A TCP proxy between a worker and Temporal, which parts the two or makes their line slow. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface TcpProxy {
  port: number
  /** Milliseconds by which every piece is late, each way, and how many bytes a second pass. */
  slow?: { milliseconds: number; bytesPerSecond: number }
  /** Nothing passes any more, and nobody is told: connections stay open, silent. New ones are cut. */
  part(): void
  /** What was silent is cut; new connections pass. */
  heal(): void
  /** Connections that were cut because they came while the two were parted. */
  refused: number
  /** Pieces that passed, both ways. */
  passed: number
  close(): Promise<void>
}

/**
 * @example
 * const proxy = await startTcpProxy({ port: 7233 })
 * proxy.part()
 */
export async function startTcpProxy(target: { port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let parted = false
  const server = createServer((client) => {
    if (parted) {
      proxy.refused++
      client.destroy()
      return
    }
    const onward = connect({ host: '127.0.0.1', port: target.port })
    for (const [from, to] of [
      [client, onward],
      [onward, client],
    ] as const) {
      sockets.add(from)
      from.setNoDelay(true)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
      passOn({ from, to })
    }
  })

  function passOn({ from, to }: { from: Socket; to: Socket }): void {
    let free = 0
    const underWay: Buffer[] = []
    from.on('data', (piece: Buffer) => {
      if (parted) return
      proxy.passed++
      if (!proxy.slow && underWay.length === 0) {
        to.write(piece)
        return
      }
      // A piece leaves when the one before it has, and is then under way for a while.
      const { milliseconds, bytesPerSecond } = proxy.slow ?? {
        milliseconds: 0,
        bytesPerSecond: 1e9,
      }
      const now = Date.now()
      free = Math.max(free, now) + (piece.length / bytesPerSecond) * 1000
      underWay.push(piece)
      // In their order, whichever timer comes first.
      setTimeout(
        () => {
          const first = underWay.shift()
          if (first && to.writable && !parted) to.write(first)
        },
        free + milliseconds - now,
      )
    })
  }

  const proxy: TcpProxy = {
    port: 0,
    refused: 0,
    passed: 0,
    part: () => {
      parted = true
    },
    heal() {
      // Bytes were lost on these: neither side may go on with them.
      for (const socket of sockets) socket.destroy()
      parted = false
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
  server.listen({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  proxy.port = (server.address() as AddressInfo).port
  return proxy
}
