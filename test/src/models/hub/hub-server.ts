/**
 * A server of the Hugging Face Hub's own protocol, as far as models are published and fetched: whoever
 * speaks to it cannot tell, as Python's huggingface_hub does not (hub-server.server.test.ts). Contents lie
 * in a folder by their hashes; trees and commits have the names that git would give them. Xet is not spoken.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

import { gitOid, lfsPointer, treeOid } from './git-objects'

export const token = 'hf_test'

interface StoredFile {
  /** Of the blob that git has: the bytes, or the pointer to them. */
  oid: string
  size: number
  sha256: string
  lfs: boolean
}

export interface StoredCommit {
  oid: string
  parent: string | null
  title: string
  message: string
  date: string
  files: Map<string, StoredFile>
}

export interface StoredRepository {
  private: boolean
  commits: Map<string, StoredCommit>
  branches: Map<string, string>
  tags: Map<string, string>
}

/** What goes wrong with the next calls that `match` fits, such as `POST .* /commit/`. */
export interface HubFault {
  match: RegExp
  times: number
  /** Answered instead of doing anything; `lost`: done, but the connection is cut before the answer. */
  answer: number | 'lost'
  retryAfter?: number
  /** Runs before the fault takes effect. */
  meanwhile?: () => void
}

export interface HubServer {
  endpoint: string
  faults: HubFault[]
  repositories: Map<string, StoredRepository>
  /** Method and path of every call. */
  calls: string[]
  /** The bytes of a file at a branch, tag or commit. */
  bytes(repoId: string, revision: string, path: string): Buffer
  /** Someone else's commit. */
  push(repoId: string, branch: string, files: Record<string, string>): string
  stop(): Promise<void>
}

interface Call {
  request: IncomingMessage
  response: ServerResponse
  url: URL
  body: Buffer
  signedIn: boolean
}

class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly errorCode?: string,
    /** What the answer says beside the error. */
    readonly more: object = {},
  ) {
    super(message)
  }
}

export async function startHubServer(options: {
  folder: string
  /** Bytes: larger files of LFS are uploaded in parts of this size. */
  partSize?: number
  /** The only one that is let in. */
  secret?: string
}): Promise<HubServer> {
  const { folder, partSize = 5_000_000, secret = token } = options
  const repositories = new Map<string, StoredRepository>()
  const faults: HubFault[] = []
  const calls: string[] = []
  const server = createServer((request, response) => void serve(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const url = new URL(request.url ?? '/', endpoint)
    const line = `${request.method} ${decodeURIComponent(url.pathname)}`
    calls.push(line)
    const fault = faults.find(({ match, times }) => times > 0 && match.test(line))
    if (fault) {
      fault.times -= 1
      fault.meanwhile?.()
    }
    try {
      if (fault && fault.answer !== 'lost') {
        if (fault.retryAfter !== undefined) response.setHeader('Retry-After', fault.retryAfter)
        throw new Refused(fault.answer, 'as the test wants it')
      }
      const signedIn = request.headers.authorization === `Bearer ${secret}`
      const body = Buffer.concat(chunks)
      const answer = route({ request, response, url, body, signedIn })
      if (fault) return void request.socket.destroy()
      if (response.writableEnded) return
      response.setHeader('Content-Type', 'application/json')
      response.end(answer === undefined ? '' : JSON.stringify(answer))
    } catch (error) {
      const refused = error instanceof Refused ? error : new Refused(500, String(error))
      if (refused.errorCode) response.setHeader('X-Error-Code', refused.errorCode)
      response.setHeader('X-Error-Message', refused.message)
      response.setHeader('Content-Type', 'application/json')
      response.statusCode = refused.status
      response.end(
        request.method === 'HEAD'
          ? ''
          : JSON.stringify({ error: refused.message, ...refused.more }),
      )
    }
  }

  const contentPath = (sha256: string) => join(folder, sha256)
  const keep = (bytes: Buffer): string => {
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    writeFileSync(contentPath(sha256), bytes)
    return sha256
  }
  const plainFile = (bytes: Buffer): StoredFile => ({
    oid: gitOid('blob', bytes),
    size: bytes.length,
    sha256: keep(bytes),
    lfs: false,
  })

  function route(call: Call): unknown {
    const path = decodeURIComponent(call.url.pathname)
    const { method = '' } = call.request
    if (path === '/api/whoami-v2') return whoAmI(call)
    if (path === '/api/repos/create' && method === 'POST') return create(call)
    if (path.startsWith('/lfs/')) return receive(call, path.slice(5))
    const batch = /^\/([^/]+\/[^/]+)\.git\/info\/lfs\/objects\/batch$/.exec(path)
    if (batch) {
      writable(call, batch[1] ?? '')
      return lfsBatch(call)
    }
    const api = /^\/api\/models\/([^/]+\/[^/]+)(?:\/(\w+)(?:\/(.+))?)?$/.exec(path)
    if (api) return apiCall(call, api[1] ?? '', api[2] ?? '', api[3] ?? '')
    const resolve = /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(path)
    if (resolve) return file(call, resolve[1] ?? '', resolve[2] ?? '', resolve[3] ?? '')
    throw new Refused(404, `nothing is at ${method} ${path}`)
  }

  function whoAmI({ signedIn }: Call) {
    if (!signedIn) throw new Refused(401, 'Invalid username or password.')
    return { type: 'user', name: 'ada', orgs: [], auth: { accessToken: { role: 'write' } } }
  }

  function create(call: Call) {
    whoAmI(call)
    const asked = JSON.parse(call.body.toString()) as NewRepository
    const [owner, name] = asked.name.includes('/')
      ? asked.name.split('/')
      : [asked.organization ?? 'ada', asked.name]
    const id = `${owner}/${name}`
    const url = `${endpoint}/${id}`
    if (repositories.has(id))
      throw new Refused(409, 'You already created this model repo', undefined, { url })
    const repository: StoredRepository = {
      private: asked.private === true || asked.visibility === 'private',
      commits: new Map(),
      branches: new Map(),
      tags: new Map(),
    }
    repositories.set(id, repository)
    const attributes = plainFile(Buffer.from('*.safetensors filter=lfs diff=lfs merge=lfs -text\n'))
    addCommit(repository, 'main', 'initial commit', '', new Map([['.gitattributes', attributes]]))
    return { url, id, name: id }
  }

  function addCommit(
    repository: StoredRepository,
    branch: string,
    title: string,
    message: string,
    files: Map<string, StoredFile>,
  ): string {
    const parent = repository.branches.get(branch) ?? null
    const tree = treeOid(new Map([...files].map(([path, { oid }]) => [path, oid])))
    const now = new Date()
    const who = `ada <ada@users.noreply> ${Math.floor(now.getTime() / 1000)} +0000`
    const text = [
      `tree ${tree}`,
      ...(parent === null ? [] : [`parent ${parent}`]),
      `author ${who}`,
      `committer ${who}`,
      '',
      `${title}\n\n${message}`,
    ].join('\n')
    const oid = gitOid('commit', Buffer.from(text))
    repository.commits.set(oid, { oid, parent, title, message, date: now.toISOString(), files })
    repository.branches.set(branch, oid)
    return oid
  }

  /** To those who may not see it, a private repository is not there. */
  function readable({ signedIn }: Call, id: string): StoredRepository {
    const found = repositories.get(id)
    if (found && (signedIn || !found.private)) return found
    throw new Refused(signedIn ? 404 : 401, 'Repository not found', 'RepoNotFound')
  }

  function writable(call: Call, id: string): StoredRepository {
    whoAmI(call)
    return readable(call, id)
  }

  function commitAt(repository: StoredRepository, revision: string): StoredCommit {
    const { branches, tags, commits } = repository
    const found = commits.get(branches.get(revision) ?? tags.get(revision) ?? revision)
    if (found) return found
    throw new Refused(404, `Invalid rev id: ${revision}`, 'RevisionNotFound')
  }

  function apiCall(call: Call, id: string, verb: string, rest: string): unknown {
    const { method } = call.request
    if (method === 'GET') return apiRead(call, id, verb, rest)
    const repository = writable(call, id)
    const { branches, tags } = repository
    if (verb === 'preupload') return preupload(call)
    if (verb === 'commit') return commit(call, id, repository, rest)
    if (verb === 'branch') {
      if (branches.has(rest)) throw new Refused(409, 'Reference already exists')
      branches.set(rest, commitAt(repository, 'main').oid)
      return undefined
    }
    if (verb === 'tag') {
      const { tag } = JSON.parse(call.body.toString()) as { tag: string }
      if (tags.has(tag)) throw new Refused(409, 'Tag reference exists already')
      tags.set(tag, commitAt(repository, rest).oid)
      return undefined
    }
    throw new Refused(404, `nothing is at ${method} ${verb}`)
  }

  function apiRead(call: Call, id: string, verb: string, rest: string): unknown {
    const repository = readable(call, id)
    if (verb === '' || verb === 'revision') {
      const { oid, date, files } = commitAt(repository, verb === '' ? 'main' : rest)
      return {
        _id: gitOid('blob', Buffer.from(id)).slice(0, 24),
        ...{ id, modelId: id, author: id.split('/')[0], sha: oid, lastModified: date },
        ...{ private: repository.private, gated: false, disabled: false, tags: [] },
        ...{ downloads: 0, likes: 0, createdAt: date },
        siblings: [...files.keys()].map((rfilename) => ({ rfilename })),
      }
    }
    if (verb === 'refs') {
      const refs = (named: Map<string, string>, kind: string) =>
        [...named].map(([name, targetCommit]) => ({
          ...{ name, ref: `refs/${kind}/${name}`, targetCommit },
        }))
      const { branches, tags } = repository
      return { branches: refs(branches, 'heads'), tags: refs(tags, 'tags'), converts: [] }
    }
    if (verb === 'tree') return treeEntries(commitAt(repository, rest))
    if (verb === 'commits') {
      const commits: unknown[] = []
      let at: StoredCommit | undefined = commitAt(repository, rest)
      while (at) {
        const { oid, title, message, date, parent }: StoredCommit = at
        commits.push({ id: oid, title, message, date, authors: [{ user: 'ada', avatar: '' }] })
        at = parent === null ? undefined : repository.commits.get(parent)
      }
      return commits
    }
    throw new Refused(404, `nothing is at GET ${verb}`)
  }

  function treeEntries({ files }: StoredCommit) {
    return [...files].map(([path, { oid, size, sha256, lfs }]) => ({
      ...{ type: 'file', oid, size, path },
      ...(lfs
        ? { lfs: { oid: sha256, size, pointerSize: lfsPointer({ sha256, size }).length } }
        : {}),
    }))
  }

  /** By the rules of `.gitattributes`; large files go there whatever they are called. */
  function preupload({ body }: Call) {
    const { files } = JSON.parse(body.toString()) as { files: { path: string; size: number }[] }
    return {
      commitOid: '',
      files: files.map(({ path, size }) => ({
        path,
        uploadMode: /\.(safetensors|bin|h5|onnx)$/.test(path) || size > 10e6 ? 'lfs' : 'regular',
        shouldIgnore: false,
        oid: null,
      })),
    }
  }

  function lfsBatch({ body, response }: Call) {
    const { objects } = JSON.parse(body.toString()) as { objects: { oid: string; size: number }[] }
    response.setHeader('X-Request-Id', 'Root=1')
    const actions = (oid: string, size: number) => {
      const verify = { href: `${endpoint}/lfs/${oid}/verify` }
      if (size <= partSize) return { upload: { href: `${endpoint}/lfs/${oid}` }, verify }
      const parts = Array.from({ length: Math.ceil(size / partSize) }, (_, index) => [
        String(index + 1).padStart(5, '0'),
        `${endpoint}/lfs/${oid}/part/${index + 1}`,
      ])
      const header = { chunk_size: String(partSize), ...Object.fromEntries(parts) } as object
      return { upload: { href: `${endpoint}/lfs/${oid}/complete`, header }, verify }
    }
    return {
      transfer: objects.some(({ size }) => size > partSize) ? 'multipart' : 'basic',
      objects: objects.map(({ oid, size }) =>
        existsSync(contentPath(oid)) ? { oid, size } : { oid, size, actions: actions(oid, size) },
      ),
    }
  }

  function receive({ body, response }: Call, place: string): unknown {
    const [oid = '', step = '', number = ''] = place.split('/')
    const partOf = (index: number | string) => join(folder, `${oid}.part${index}`)
    if (step === 'part') {
      writeFileSync(partOf(number), body)
      response.setHeader('ETag', `"${gitOid('blob', body)}"`)
      return undefined
    }
    if (step === 'verify') {
      const { size } = JSON.parse(body.toString()) as { size: number }
      if (existsSync(contentPath(oid)) && readFileSync(contentPath(oid)).length === size) return {}
      throw new Refused(404, 'the object is not there')
    }
    const { parts = [] } = step === 'complete' ? (JSON.parse(body.toString()) as Parts) : {}
    const bytes =
      step === 'complete'
        ? Buffer.concat(parts.map(({ partNumber }) => readFileSync(partOf(partNumber))))
        : body
    if (createHash('sha256').update(bytes).digest('hex') !== oid)
      throw new Refused(400, 'the bytes are not those of the oid')
    keep(bytes)
    return undefined
  }

  function commit(call: Call, id: string, repository: StoredRepository, branch: string) {
    const lines = call.body.toString().split('\n').filter(Boolean)
    const operations = lines.map((line) => JSON.parse(line) as Line)
    const header = operations.find(({ key }) => key === 'header')?.value ?? {}
    const head = commitAt(repository, branch)
    if (header.parentCommit !== undefined && header.parentCommit !== head.oid)
      throw new Refused(412, 'A commit has happened since. Please refresh and try again.')
    const files = new Map(head.files)
    for (const { key, value } of operations) {
      const { path = '', content = '', oid = '' } = value
      if (key === 'file') files.set(path, plainFile(Buffer.from(content, 'base64')))
      else if (key === 'deletedFile') files.delete(path)
      else if (key === 'lfsFile') {
        if (!existsSync(contentPath(oid)))
          throw new Refused(400, `LFS pointer to ${oid}: no object`)
        const size = readFileSync(contentPath(oid)).length
        const pointer = gitOid('blob', lfsPointer({ sha256: oid, size }))
        files.set(path, { oid: pointer, size, sha256: oid, lfs: true })
      }
    }
    const made = addCommit(
      repository,
      branch,
      header.summary ?? '',
      header.description ?? '',
      files,
    )
    const commitUrl = `${endpoint}/${id}/commit/${made}`
    return { success: true, commitOid: made, commitUrl, hookOutput: '' }
  }

  function file(call: Call, id: string, revision: string, path: string): undefined {
    const { request, response } = call
    const { oid, files } = commitAt(readable(call, id), revision)
    response.setHeader('X-Repo-Commit', oid)
    const found = files.get(path)
    if (!found) throw new Refused(404, 'Entry not found', 'EntryNotFound')
    const bytes = readFileSync(contentPath(found.sha256))
    const etag = `"${found.lfs ? found.sha256 : found.oid}"`
    response.setHeader('ETag', etag)
    if (found.lfs) {
      response.setHeader('X-Linked-ETag', etag)
      response.setHeader('X-Linked-Size', bytes.length)
    }
    response.setHeader('Accept-Ranges', 'bytes')
    response.setHeader('Content-Type', 'application/octet-stream')
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
    const [from, to] = range
      ? [Number(range[1]), Math.min(Number(range[2] || bytes.length - 1), bytes.length - 1)]
      : [0, bytes.length - 1]
    if (range) {
      response.statusCode = 206
      response.setHeader('Content-Range', `bytes ${from}-${to}/${bytes.length}`)
    }
    const sent = bytes.subarray(from, to + 1)
    response.setHeader('Content-Length', sent.length)
    response.end(request.method === 'HEAD' ? undefined : sent)
    return undefined
  }

  return {
    endpoint,
    faults,
    repositories,
    calls,
    bytes(repoId, revision, path) {
      const found = commitAt(repositories.get(repoId) as StoredRepository, revision).files.get(path)
      return readFileSync(contentPath(found?.sha256 ?? 'none'))
    },
    push(repoId, branch, texts) {
      const repository = repositories.get(repoId) as StoredRepository
      const files = new Map(commitAt(repository, branch).files)
      for (const [path, text] of Object.entries(texts))
        files.set(path, plainFile(Buffer.from(text)))
      return addCommit(repository, branch, 'by hand', '', files)
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

interface NewRepository {
  name: string
  organization?: string | null
  private?: boolean
  visibility?: string
}

interface Parts {
  parts?: { partNumber: number }[]
}

interface Line {
  key: string
  value: {
    path?: string
    content?: string
    oid?: string
    summary?: string
    description?: string
    parentCommit?: string
  }
}
