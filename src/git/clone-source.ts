/** One commit of a repository, as files. */

import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { HoldfastError } from '../errors'
import type { GitConfig } from './git-config'
import { openGit } from './open-git'
import type { Git } from './open-git'
import { remoteHead } from './remote-head'

export interface ClonedSource {
  /** Absolute; holds the repository's files as they are at `commit`. */
  folder: string
  /** 40 hexadecimal digits. */
  commit: string
  remove: () => Promise<void>
}

export interface CloneLimits {
  /** Bytes: of what is fetched, and again of the files. */
  maxBytes: number
  maxFiles: number
}

export const cloneLimits: CloneLimits = { maxBytes: 2 * 1024 ** 3, maxFiles: 200_000 }

export interface CloneOptions {
  gitConfig: GitConfig
  /** The worker's variables: git's way out, and what `env:NAME` refers to. */
  env: NodeJS.ProcessEnv
  signal?: AbortSignal | undefined
  /** Milliseconds; ten minutes. */
  deadlineMs?: number
  limits?: CloneLimits
}

/**
 * Checks out the commit, or the head of the branch, of a repository. The caller removes it.
 *
 * @example
 * const gitConfig = { repo: 'https://github.com/huggingface/transformers.git', branch: 'v4.56.0' }
 * const { folder, commit, remove } = await cloneSource({ gitConfig, env: process.env })
 */
export async function cloneSource(options: CloneOptions): Promise<ClonedSource> {
  const { gitConfig, limits = cloneLimits } = options
  const git = await openGit(options)
  try {
    const wanted = await wantedCommit({ git, gitConfig })
    await git.run(['init', '--quiet', '--template='])
    await whileSmall({ git, gitConfig, limits }, () => fetchCommit({ git, gitConfig, wanted }))
    const commit = await fullCommit({ git, gitConfig, wanted })
    await checkTree({ git, gitConfig, commit, limits })
    await git.run(['checkout', '--quiet', '--detach', '--no-recurse-submodules', commit])
    return { folder: git.checkout, commit, remove: () => git.remove() }
  } catch (error) {
    await git.remove()
    throw error
  }
}

interface Source {
  git: Git
  gitConfig: GitConfig
}

/** As in the SDK, a commit wins over the branch, and need not lie on it. */
async function wantedCommit({ git, gitConfig }: Source): Promise<string> {
  const { branch, commit } = gitConfig
  const head =
    commit === undefined || branch !== undefined ? await remoteHead({ git, gitConfig }) : ''
  return commit?.toLowerCase() ?? head
}

/**
 * The commit alone where the server can do that; else, and for a shortened commit, whatever its
 * branches and tags reach.
 */
async function fetchCommit({ git, gitConfig, wanted }: Source & { wanted: string }) {
  const { repo } = gitConfig
  const fetch = ['fetch', '--quiet', '--no-tags', '--no-recurse-submodules']
  if (wanted.length === 40) {
    const alone = await git.attempt([...fetch, '--depth=1', '--', repo, wanted])
    if (alone !== null) return
  }
  const everything = ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/remotes/tags/*']
  await git.run([...fetch, '--', repo, ...everything])
}

async function fullCommit({ git, gitConfig, wanted }: Source & { wanted: string }) {
  const found = await git.attempt(['rev-parse', '--verify', '--quiet', `${wanted}^{commit}`])
  if (found !== null) return found.trim()
  throw new HoldfastError({
    code: 'E_GIT_REVISION',
    what: `no branch and no tag reaches a commit ${wanted}, or it is short for several`,
    where: gitConfig.repo,
    hint: 'check gitConfig.commit, and give all 40 digits',
  })
}

type Limited = Source & { limits: CloneLimits }

/** Looks at the folder now and then, and ends git when too much has arrived. */
async function whileSmall({ git, gitConfig, limits }: Limited, work: () => Promise<void>) {
  let measuring = false
  const measure = async () => {
    if (measuring) return
    measuring = true
    if ((await sizeOf(git.checkout)) > limits.maxBytes) git.end(tooLarge(gitConfig, limits))
    measuring = false
  }
  const timer = setInterval(() => void measure(), 200)
  try {
    await work()
  } finally {
    clearInterval(timer)
  }
  if ((await sizeOf(git.checkout)) > limits.maxBytes) throw tooLarge(gitConfig, limits)
}

/** Before any file is written: a small pack may hold files without end. */
async function checkTree({ git, gitConfig, commit, limits }: Limited & { commit: string }) {
  const listed = await git.attempt(['ls-tree', '-r', '-l', '-z', '--full-tree', commit])
  if (listed === null) throw tooLarge(gitConfig, limits)
  const files = listed.split('\0').filter((line) => line !== '')
  // `<mode> <type> <object> <size>\t<name>`; a submodule's size is `-`.
  const bytes = files.reduce((sum, line) => sum + (Number(/(\d+)\t/.exec(line)?.[1]) || 0), 0)
  if (bytes > limits.maxBytes || files.length > limits.maxFiles) throw tooLarge(gitConfig, limits)
}

function tooLarge({ repo }: GitConfig, { maxBytes, maxFiles }: CloneLimits): HoldfastError {
  return new HoldfastError({
    code: 'E_GIT_TOO_LARGE',
    what: `the repository has more than ${maxBytes} bytes or ${maxFiles} files`,
    where: repo,
    hint: 'keep data and models out of the repository of the code',
  })
}

/** Bytes below a folder whose files come and go meanwhile. */
async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const sizes = entries.map((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return sizeOf(path)
    return stat(path).then(
      ({ size }) => size,
      () => 0,
    )
  })
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}
