import { HoldfastError } from '../errors'
import type { Git } from './open-git'
import type { GitConfig } from './git-config'

/** The commit that a branch or tag is at now, asked of the server; without a branch, its default one's. */
export async function remoteHead({
  git,
  gitConfig: { repo, branch },
}: {
  git: Git
  gitConfig: GitConfig
}): Promise<string> {
  const names =
    branch === undefined
      ? ['HEAD']
      : // A tag with a message is an object of its own; `^{}` is the commit behind it.
        [`refs/heads/${branch}`, `refs/tags/${branch}^{}`, `refs/tags/${branch}`]
  const refs = readRefs(await git.run(['ls-remote', '--quiet', '--', repo, ...names]))
  const found = names.map((name) => refs.get(name)).find((commit) => commit !== undefined)
  if (found !== undefined) return found
  throw new HoldfastError({
    code: 'E_GIT_REVISION',
    what: branch === undefined ? 'the repository is empty' : `there is no branch or tag ${branch}`,
    where: repo,
    hint: 'check gitConfig.branch; names are case-sensitive',
  })
}

/** `<commit>\t<name>` on each line. A name asked for also finds others that end in it. */
function readRefs(text: string): Map<string, string> {
  return new Map(
    [...text.matchAll(/^([0-9a-f]{40})\t(.+)$/gm)].map(([, commit = '', name = '']) => [
      name,
      commit,
    ]),
  )
}
