/** Servers that behave as networks do on a bad day. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

export interface BadServer {
  endpoint: string
  port: number
  /** Connections made so far. */
  connections(): number
  close(): Promise<void>
}

/** Takes connections and requests, and never answers. */
export function startSilentServer(): Promise<BadServer> {
  return listen((socket) => socket.resume())
}

/**
 * Passes everything on to another server, until `answerBytes` of its answers have come through; then
 * not a byte more, with the connection open. What is sent to it waits for `pace`, piece by piece.
 */
export function startProxy(options: {
  port: number
  answerBytes?: number
  pace?: (bytes: number) => Promise<unknown>
}): Promise<BadServer> {
  const { port, answerBytes = Infinity, pace } = options
  let left = answerBytes
  return listen((socket) => {
    const behind = connect({ host: '127.0.0.1', port })
    behind.on('error', () => socket.destroy())
    behind.on('close', () => {
      if (left > 0) socket.destroy()
    })
    socket.on('close', () => behind.destroy())
    behind.on('data', (chunk: Buffer) => {
      if (left > 0) socket.write(chunk.subarray(0, left))
      left -= chunk.length
    })
    socket.on('data', (chunk: Buffer) => {
      behind.write(chunk)
      if (pace === undefined) return
      socket.pause()
      void pace(chunk.length).then(() => socket.resume())
    })
  })
}

async function listen(serve: (socket: Socket) => void): Promise<BadServer> {
  const sockets = new Set<Socket>()
  let connections = 0
  const server: Server = createServer((socket) => {
    connections += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    serve(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    connections: () => connections,
    async close() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}
