import type * as Hub from '@huggingface/hub'

import { hubAccess } from '../../dataset/hub'
import type { TreeEntry } from './hub-files'

/** Milliseconds for one answer; the bytes of a model may take longer. */
const answerDeadline = 60_000
const uploadDeadline = 6 * 3_600_000

/** What the Hub answered when it did not do what was asked; status 0: it gave no answer. */
export class HubRefusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** Seconds that it wants to be left alone. */
    readonly retryAfter?: number,
    options?: ErrorOptions,
  ) {
    super(message, options)
    this.name = 'HubRefusal'
  }
}

export interface HubRepository {
  /** `owner/name` */
  repoId: string
  branch: string
  endpoint: string | undefined
  token: string
  signal?: AbortSignal | undefined
}

export interface HubCommit {
  oid: string
  /** What its author wrote below the title. */
  message: string
}

export interface HubRefs {
  branches: Record<string, string>
  tags: Record<string, string>
}

type Operation = { path: string; url: URL } | { path: string; deleted: true }

/** The calls of the Hub that publishing needs; each throws `HubRefusal`, and none tries again by itself. */
export function hubCalls(repository: HubRepository) {
  const { repoId, branch, token, signal } = repository
  const { hubUrl = 'https://huggingface.co' } = hubAccess({ HF_ENDPOINT: repository.endpoint })
  const repo = { type: 'model', name: repoId } as const
  /** The library's error leaves the header out. */
  let retryAfter: number | undefined

  const limitedFetch: typeof fetch = async (input, init) => {
    const limit = init?.method === 'PUT' ? uploadDeadline : answerDeadline
    const signals = [AbortSignal.timeout(limit), init?.signal, signal].filter(
      (each) => each != null,
    )
    const answer = await fetch(input, { ...init, signal: AbortSignal.any(signals) })
    const seconds = Number(answer.headers.get('Retry-After') ?? NaN)
    retryAfter = Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined
    return answer
  }
  const library = { hubUrl, accessToken: token, fetch: limitedFetch }

  /** The one place that knows what the library throws. */
  async function asked<T>(call: (hub: typeof Hub) => Promise<T>): Promise<T> {
    const hub = await import('@huggingface/hub')
    retryAfter = undefined
    try {
      return await call(hub)
    } catch (cause) {
      signal?.throwIfAborted()
      if (cause instanceof HubRefusal) throw cause
      const status = cause instanceof hub.HubApiError ? cause.statusCode : 0
      const message = cause instanceof Error ? cause.message : String(cause)
      throw new HubRefusal(status, message, retryAfter, { cause })
    }
  }

  /** For the few calls that the library does not have. */
  const api = (path: string, init?: RequestInit) =>
    asked(async () => {
      const answer = await limitedFetch(`${hubUrl}/api/models/${repoId}${path}`, {
        ...init,
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      })
      if (!answer.ok) {
        const said = (await answer.text()).slice(0, 300)
        throw new HubRefusal(answer.status, said || `HTTP ${answer.status}`, retryAfter)
      }
      const text = await answer.text()
      return (text === '' ? null : JSON.parse(text)) as unknown
    })

  return {
    /** Null when there is no such repository, or none that the token may see. */
    async info(): Promise<{ private: boolean } | null> {
      try {
        return (await api('')) as { private: boolean }
      } catch (error) {
        if (error instanceof HubRefusal && error.status === 404) return null
        throw error
      }
    },

    create: (isPrivate: boolean) =>
      asked(({ createRepo }) => createRepo({ repo, private: isPrivate, ...library })),

    createBranch: () => asked(({ createBranch }) => createBranch({ repo, branch, ...library })),

    async refs(): Promise<HubRefs> {
      type Ref = { name: string; targetCommit: string }
      const found = (await api('/refs')) as { branches: Ref[]; tags: Ref[] }
      const byName = (refs: Ref[]) =>
        Object.fromEntries(refs.map(({ name, targetCommit }) => [name, targetCommit]))
      return { branches: byName(found.branches), tags: byName(found.tags) }
    },

    tree: (revision: string): Promise<TreeEntry[]> =>
      asked(async ({ listFiles }) => {
        const entries: TreeEntry[] = []
        for await (const entry of listFiles({ repo, revision, recursive: true, ...library }))
          if (entry.type === 'file') entries.push(entry)
        return entries
      }),

    /** Newest first. */
    commits: (revision: string, most: number): Promise<HubCommit[]> =>
      asked(async ({ listCommits }) => {
        const commits: HubCommit[] = []
        for await (const { oid, message } of listCommits({ repo, revision, ...library })) {
          commits.push({ oid, message })
          if (commits.length === most) break
        }
        return commits
      }),

    read: (path: string, revision: string): Promise<Buffer> =>
      asked(async () => {
        const headers = { Authorization: `Bearer ${token}` }
        const answer = await limitedFetch(`${hubUrl}/${repoId}/resolve/${revision}/${path}`, {
          headers,
        })
        if (answer.ok) return Buffer.from(await answer.arrayBuffer())
        throw new HubRefusal(answer.status, `HTTP ${answer.status}`, retryAfter)
      }),

    /** Refused with 412 when the branch has moved on from `parentCommit`. */
    commit: (options: {
      title: string
      description: string
      parentCommit: string
      operations: Operation[]
    }): Promise<string> =>
      asked(async ({ commit }) => {
        const { operations, ...words } = options
        const made = await commit({
          repo,
          branch,
          ...words,
          operations: operations.map((each) =>
            'url' in each
              ? { operation: 'addOrUpdate', path: each.path, content: each.url }
              : { operation: 'delete', path: each.path },
          ),
          // Plain LFS: the one way of uploading that our tests run against a server.
          useXet: false,
          ...library,
        })
        if (made) return made.commit.oid
        throw new HubRefusal(0, 'the answer names no commit')
      }),

    async tag(name: string, revision: string): Promise<void> {
      await api(`/tag/${revision}`, { method: 'POST', body: JSON.stringify({ tag: name }) })
    },
  }
}

export type HubCalls = ReturnType<typeof hubCalls>
