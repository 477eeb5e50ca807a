import { cloneSource } from './clone-source'
import type { CloneOptions } from './clone-source'
import { openGit } from './open-git'
import { remoteHead } from './remote-head'

/**
 * The commit that a clone would check out now, as 40 digits. A full commit is its own answer, though
 * a branch beside it must exist; a branch is asked of the server without a clone. Only a shortened
 * commit needs one.
 *
 * @example
 * const gitConfig = { repo: 'https://github.com/huggingface/transformers.git', branch: 'main' }
 * const commit = await resolveGitRevision({ gitConfig, env: process.env })
 */
export async function resolveGitRevision(options: CloneOptions): Promise<string> {
  const { gitConfig } = options
  if (gitConfig.commit === undefined) return headOf(options)
  if (/^[0-9a-f]{40}$/i.test(gitConfig.commit)) {
    if (gitConfig.branch !== undefined) await headOf(options)
    return gitConfig.commit.toLowerCase()
  }
  const { commit, remove } = await cloneSource(options)
  await remove()
  return commit
}

async function headOf(options: CloneOptions): Promise<string> {
  const git = await openGit(options)
  try {
    return await remoteHead({ git, gitConfig: options.gitConfig })
  } finally {
    await git.remove()
  }
}
