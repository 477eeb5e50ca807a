import { cloneSource } from './clone-source'
import type { CloneOptions } from './clone-source'
import type { GitConfig } from './git-config'
import { locateSource } from './locate-source'
import type { SourcePaths } from './locate-source'

/**
 * Clones what `source.gitConfig` names, hands `use` the same source with absolute paths, and removes
 * the clone however it ends. `source` may be an estimator, or the `train` of a pipeline.
 *
 * @example
 * await withGitSource({ source: estimator, env: process.env }, ({ source, commit }) =>
 *   packCode({ ...source, outFile: `${commit}.tar.gz` }),
 * )
 */
export async function withGitSource<Source extends SourcePaths & { gitConfig: GitConfig }, Result>(
  options: { source: Source } & Omit<CloneOptions, 'gitConfig'>,
  use: (cloned: { source: Omit<Source, 'gitConfig'>; commit: string }) => Promise<Result>,
): Promise<Result> {
  const { source, ...clone } = options
  const { gitConfig, ...paths } = source
  const { folder, commit, remove } = await cloneSource({ ...clone, gitConfig })
  try {
    const located = await locateSource({ folder, source })
    return await use({ source: { ...paths, ...located }, commit })
  } finally {
    await remove()
  }
}
