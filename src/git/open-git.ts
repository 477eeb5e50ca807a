import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { referencePattern } from '../config/secrets'
import { HoldfastError } from '../errors'
import { askPassScript, gitEnvironment, safeArguments } from './git-environment'
import type { Credentials } from './git-environment'
import type { GitConfig } from './git-config'
import { gitConfigFaults } from './git-config-faults'
import { gitFailure } from './git-failure'
import { runGit } from './run-git'
import type { GitResult } from './run-git'

/** git, bound to one repository and to an empty folder of its own. */
export interface Git {
  /** Empty at first; where the files go. */
  checkout: string
  /** Throws what git complains of. */
  run: (args: string[]) => Promise<string>
  /** Null where git exits with anything but 0; throws when it was ended. */
  attempt: (args: string[]) => Promise<string | null>
  /** Ends what runs; it throws `reason`. */
  end: (reason: Error) => void
  /** Removes all that lies in the folder. */
  remove: () => Promise<void>
}

/** Ten minutes for all that is done with one repository: 2 GiB need some 4 MB/s. */
export const defaultDeadlineMs = 10 * 60_000

/** Refuses a config that git must not see; starts nothing. The caller removes what it was given. */
export async function openGit(options: {
  gitConfig: GitConfig
  env: NodeJS.ProcessEnv
  signal?: AbortSignal | undefined
  /** Milliseconds. */
  deadlineMs?: number | undefined
}): Promise<Git> {
  const { gitConfig, env } = options
  const { repo } = gitConfig
  refuseFaults(gitConfig)
  const credentials = credentialsOf(gitConfig, env)
  const home = await realpath(await mkdtemp(join(tmpdir(), 'holdfast-git-')))
  const checkout = join(home, 'checkout')
  const askPass = join(home, 'askpass')
  try {
    await mkdir(checkout)
    await writeFile(askPass, askPassScript, { mode: 0o700 })
  } catch (error) {
    await rm(home, { recursive: true, force: true })
    throw error
  }
  const deadline = endAfter(options.deadlineMs ?? defaultDeadlineMs, repo)
  const { signal: ended } = deadline.controller
  const signal = options.signal ? AbortSignal.any([options.signal, ended]) : ended
  const environment = gitEnvironment({ env, home, repo, askPass, credentials })
  const execute = (args: string[]): Promise<GitResult> =>
    runGit({ args: [...safeArguments, ...args], cwd: checkout, env: environment, signal })
  return {
    checkout,
    async run(args) {
      const { code, stdout, stderr } = await execute(args)
      if (code === 0) return stdout
      const command = args[0] ?? ''
      throw gitFailure({ command, stderr, repo, secrets: wordsOf(credentials) })
    },
    async attempt(args) {
      const { code, stdout } = await execute(args)
      return code === 0 ? stdout : null
    },
    end: (reason) => deadline.controller.abort(reason),
    async remove() {
      clearTimeout(deadline.timer)
      await rm(home, { recursive: true, force: true })
    },
  }
}

function refuseFaults(gitConfig: GitConfig): void {
  const [fault] = gitConfigFaults(gitConfig)
  if (!fault) return
  const { field, what, hint } = fault
  throw new HoldfastError({ code: 'E_GIT_CONFIG', what, where: `gitConfig.${field}`, hint })
}

/** A token stands in for the password; what is asked for as its user is of no account on most servers. */
function credentialsOf(gitConfig: GitConfig, env: NodeJS.ProcessEnv): Credentials | undefined {
  const { username = 'x-access-token', password, token } = gitConfig
  const field = token === undefined ? 'password' : 'token'
  const name = referencePattern.exec(token ?? password ?? '')?.[1]
  if (name === undefined) return undefined
  const secret = env[name]
  if (secret && !/[\r\n\0]/.test(secret)) return { username, password: secret }
  throw new HoldfastError({
    code: 'E_SECRET_MISSING',
    what: secret
      ? `${name} in the worker's environment has more than one line`
      : `the worker's environment has no ${name}`,
    where: `gitConfig.${field}`,
    hint: `start the worker with ${name} set`,
  })
}

/** A secret as it is, as it stands in URLs, and as HTTP sends it. */
function wordsOf(credentials: Credentials | undefined): string[] {
  if (!credentials) return []
  const { username, password } = credentials
  const basic = Buffer.from(`${username}:${password}`).toString('base64')
  return [password, encodeURIComponent(password), basic]
}

function endAfter(milliseconds: number, repo: string) {
  const controller = new AbortController()
  const error = new HoldfastError({
    code: 'E_GIT_TIMEOUT',
    what: `the repository was not read within ${milliseconds / 1000} s`,
    where: repo,
    hint: 'check the network of the worker; a smaller repository may hold the code alone',
  })
  const timer = setTimeout(() => controller.abort(error), milliseconds)
  return { controller, timer }
}
