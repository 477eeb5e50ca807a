/** A real git repository behind a real HTTPS server on 127.0.0.1. */

import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { writeFileSync } from 'node:fs'
import { createServer as createPlainServer } from 'node:http'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface GitServer {
  root: string
  /** `https://127.0.0.1:port`; below it `/smart`, `/dumb`, `/private` and what `answer` adds. */
  url: string
  port: number
  /** Variables of a worker that trusts the server; `git` on its PATH writes down how it is called. */
  env: Record<string, string>
  /** Authorization headers that came, by host. */
  authorizations: string[]
  /** Paths that were asked for over plain http. */
  plain: string[]
  /** When the next request comes that is never answered: below `/hang`. */
  nextHang(): Promise<void>
  /** Runs git in the work tree that is served, as its author would. */
  author(...args: string[]): string
  /** Writes files, commits them and serves them; the commit. */
  commit(files: Record<string, string>): string
  /** One entry for each time git was started. */
  calls(): { pid: number; argv: string; environment: string }[]
  stop(): Promise<void>
}

export const user = 'alice'
export const secret = 's3cr3t pass/word%'

export async function startGitServer(): Promise<GitServer> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-git-server-')))
  const served = join(root, 'served')
  const work = join(root, 'work')
  mkdirSync(served)
  mkdirSync(work)
  const realGit = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim()
  const author = (...args: string[]) => runAsAuthor(work, args)
  author('init', '--quiet', '--initial-branch=main')
  author('init', '--quiet', '--bare', '--initial-branch=main', join(served, 'code.git'))
  for (const option of ['allowAnySHA1InWant', 'allowFilter'])
    author('-C', join(served, 'code.git'), 'config', `uploadpack.${option}`, 'true')
  const certificate = makeCertificate(root)
  const authorizations: string[] = []
  const plain: string[] = []
  const sockets = new Set<Socket>()
  let hung: () => void = () => undefined
  const http = createPlainServer((request, response) => {
    plain.push(request.url ?? '')
    response.writeHead(404).end()
  })
  await listen(http)
  const answer: RequestListener = (request, response) => {
    const { authorization, host } = request.headers
    if (authorization) authorizations.push(`${host} ${authorization}`)
    const [, kind = '', ...path] = (request.url ?? '').split('/')
    const rest = `/${path.join('/')}`
    if (kind === 'hang') return hung()
    if (kind === 'busy') return void response.writeHead(503).end()
    if (kind === 'elsewhere')
      return redirect(response, `https://localhost:${port()}/private${rest}`)
    if (kind === 'renamed') return redirect(response, `https://127.0.0.1:${port()}/private${rest}`)
    if (kind === 'downgrade')
      return redirect(response, `http://127.0.0.1:${portOf(http)}/smart${rest}`)
    if (kind === 'echo') return void response.writeHead(500, { 'x-auth': authorization }).end()
    if (kind === 'private' && !isAllowed(authorization))
      return void response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="git"' }).end()
    if (kind === 'dumb') return sendFile(join(served, rest.split('?')[0] ?? ''), response)
    runBackend({ git: realGit, root: served, path: rest, request, response })
  }
  const server = createServer(certificate, answer)
  await listen(server)
  const port = () => portOf(server)
  for (const each of [server, http])
    each.on('connection', (socket: Socket) => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    })
  const log = join(root, 'calls')
  const env = {
    PATH: `${makeRecorder({ root, log, realGit })}:${process.env['PATH'] ?? ''}`,
    GIT_SSL_CAINFO: join(root, 'certificate.pem'),
  }
  return {
    root,
    url: `https://127.0.0.1:${port()}`,
    port: port(),
    env,
    authorizations,
    plain,
    nextHang: () => new Promise((resolve) => (hung = resolve)),
    author,
    commit(files) {
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(work, name)), { recursive: true })
        writeFileSync(join(work, name), text)
      }
      author('add', '--all')
      author('commit', '--quiet', '--allow-empty', '--message', Object.keys(files).join(' '))
      author('push', '--quiet', '--force', '--all', join(served, 'code.git'))
      author('push', '--quiet', '--tags', join(served, 'code.git'))
      author('-C', join(served, 'code.git'), 'update-server-info')
      return author('rev-parse', 'HEAD').trim()
    },
    calls: () => readCalls(log),
    async stop() {
      for (const socket of sockets) socket.destroy()
      await Promise.all([server, http].map((each) => new Promise((done) => each.close(done))))
      rmSync(root, { recursive: true, force: true })
    },
  }
}

const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port

const listen = (server: { listen(port: number, host: string, done: () => void): unknown }) =>
  new Promise<void>((done) => void server.listen(0, '127.0.0.1', done))

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(302, { location }).end()
}

function isAllowed(authorization: string | undefined): boolean {
  const given = Buffer.from(authorization?.replace(/^Basic /, '') ?? '', 'base64').toString()
  return given.slice(given.indexOf(':') + 1) === secret
}

/** Nothing of the machine's own configuration, so that a test means the same everywhere. */
function runAsAuthor(cwd: string, args: string[]): string {
  const who = { NAME: 'A', EMAIL: 'a@example.com', DATE: '2026-01-01T00:00:00Z' }
  const people = ['AUTHOR', 'COMMITTER'].flatMap((role) =>
    Object.entries(who).map(([name, value]) => [`GIT_${role}_${name}`, value]),
  )
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' }
  return execFileSync('git', args, {
    cwd,
    encoding: 'utf8',
    env: { ...env, ...(Object.fromEntries(people) as Record<string, string>) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** By openssl, or by the `cryptography` of the Python that trains. */
function makeCertificate(root: string): { key: Buffer; cert: Buffer } {
  const [key, cert] = [join(root, 'key.pem'), join(root, 'certificate.pem')]
  try {
    const names = 'subjectAltName=IP:127.0.0.1,DNS:localhost'
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2']
    const options = ['-subj', '/CN=127.0.0.1', '-addext', names, '-keyout', key, '-out', cert]
    execFileSync('openssl', [...request, ...options], { stdio: 'pipe' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    const python = process.env['HOLDFAST_PYTHON'] ?? 'python3'
    execFileSync(python, [join(__dirname, 'make_certificate.py'), key, cert], { stdio: 'pipe' })
  }
  return { key: readFileSync(key), cert: readFileSync(cert) }
}

function makeRecorder(options: { root: string; log: string; realGit: string }): string {
  const folder = join(options.root, 'bin')
  mkdirSync(folder)
  mkdirSync(options.log)
  const script = `#!/bin/sh
printf '%s\\n' "$@" > '${options.log}'/$$.argv
env > '${options.log}'/$$.env
exec '${options.realGit}' "$@"
`
  writeFileSync(join(folder, 'git'), script)
  chmodSync(join(folder, 'git'), 0o755)
  return folder
}

function readCalls(log: string) {
  const names = execFileSync('ls', [log], { encoding: 'utf8' }).match(/^\d+\.argv$/gm) ?? []
  return names.map((name) => ({
    pid: Number.parseInt(name, 10),
    argv: readFileSync(join(log, name), 'utf8'),
    environment: readFileSync(join(log, name.replace('argv', 'env')), 'utf8'),
  }))
}

function sendFile(path: string, response: ServerResponse): void {
  try {
    response.end(readFileSync(path))
  } catch {
    response.writeHead(404).end()
  }
}

/** The CGI program that git has for this. */
function runBackend(options: {
  git: string
  root: string
  path: string
  request: IncomingMessage
  response: ServerResponse
}): void {
  const { git, root, path, request, response } = options
  const [pathInfo = '', query = ''] = path.split('?')
  const { headers, method } = request
  const child = spawn(git, ['http-backend'], {
    env: {
      PATH: process.env['PATH'] ?? '',
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: pathInfo,
      QUERY_STRING: query,
      REQUEST_METHOD: method ?? 'GET',
      CONTENT_TYPE: headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: String(headers['content-encoding'] ?? ''),
      GIT_PROTOCOL: String(headers['git-protocol'] ?? ''),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  request.pipe(child.stdin)
  child.stdin.on('error', () => undefined)
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.once('close', () => {
    const answer = Buffer.concat(chunks)
    const end = answer.indexOf('\r\n\r\n')
    for (const line of answer.subarray(0, end).toString().split('\r\n')) {
      const [name = '', value = ''] = line.split(': ')
      if (name === 'Status') response.statusCode = Number.parseInt(value, 10)
      else if (name !== '') response.setHeader(name, value)
    }
    response.end(answer.subarray(end + 4))
  })
}
