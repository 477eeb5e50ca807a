/** Fetching a repository is not the mapping's work: its files are laid out as if cloned. */

import { mkdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { HoldfastError } from '../src/errors'
import { gitConfigFaults } from '../src/git/git-config-faults'
import { isObject } from './exact-json'
import type { Json, RecordedCase, World } from './kind'

/** What an estimator, a model and the run of a processor have of their code. */
interface Source {
  entryPoint?: string | undefined
  sourceDir?: string | undefined
  dependencies?: string[] | undefined
}

/** The same with its paths within the clone, after our own checks of the address. */
export async function clonedSource<Owner extends Source>(options: {
  source: Owner
  gitConfig: Json
  one: RecordedCase
  world: World
}): Promise<Owner> {
  const { source, gitConfig, one, world } = options
  checkAddress(gitConfig)
  const clone = join(world.scratch, one.name)
  const files = Array.isArray(one['git_files']) ? one['git_files'] : []
  for (const file of files as string[]) await layOut(join(clone, file))
  const { sourceDir, entryPoint, dependencies } = source
  if (sourceDir !== undefined) await mustExist(join(clone, sourceDir))
  return {
    ...source,
    ...(sourceDir !== undefined && { sourceDir: join(clone, sourceDir) }),
    ...(sourceDir === undefined &&
      entryPoint !== undefined && { entryPoint: join(clone, entryPoint) }),
    ...(dependencies && { dependencies: dependencies.map((path) => join(clone, path)) }),
  }
}

/** A secret in plain text is a reference with us: `env:TOKEN`. */
function checkAddress(gitConfig: Json): void {
  const given = isObject(gitConfig) ? gitConfig : {}
  const text = (key: string): string | undefined => {
    const value = given[key]
    if (value === undefined || typeof value === 'string') return value
    throw refused(key, `${key} is not a text`)
  }
  const reference = (key: string): string | undefined =>
    text(key) === undefined ? undefined : `env:${key.toUpperCase()}`
  const [fault] = gitConfigFaults({
    repo: text('repo'),
    branch: text('branch'),
    commit: text('commit'),
    username: text('username'),
    password: reference('password'),
    token: reference('token'),
  })
  if (fault) throw refused(fault.field, fault.what, fault.hint)
}

function refused(field: string, what: string, hint?: string): HoldfastError {
  return new HoldfastError({ code: 'E_GIT_CONFIG', what, where: `gitConfig.${field}`, hint })
}

async function layOut(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, '')
}

async function mustExist(folder: string): Promise<void> {
  if (await stat(folder).catch(() => undefined)) return
  throw new HoldfastError({
    code: 'E_SOURCE_DIR',
    what: `the repository has no folder ${folder}`,
    where: 'sourceDir',
  })
}
