/** What a `gitConfig` may say: everything that git would take for an option or a command is refused. */

import { referencePattern } from '../config/secrets'
import type { GitConfig } from './git-config'

export interface GitConfigFault {
  field: keyof GitConfig
  what: string
  hint: string
}

/** Fields that may be missing, or not yet checked. */
export type GitConfigInput = { [Field in keyof GitConfig]?: string | undefined }

/**
 * Every fault at once; none for what may be handed to git. Looks at nothing but the words.
 *
 * @example
 * gitConfigFaults({ repo: 'https://github.com/huggingface/transformers.git', branch: 'main' }) // []
 */
export function gitConfigFaults(gitConfig: GitConfigInput): GitConfigFault[] {
  return [
    ...repoFaults(gitConfig.repo ?? ''),
    ...revisionFaults(gitConfig),
    ...referenceFaults(gitConfig),
    ...credentialFaults(gitConfig),
  ]
}

const forms = 'use https://host/path, ssh://git@host/path or git@host:path'

function repoFaults(repo: string): GitConfigFault[] {
  const fault = (what: string, hint = forms) => [{ field: 'repo' as const, what, hint }]
  if (repo.length > 2_000) return fault('the address is longer than 2000 characters')
  if (/^https:\/\/[^/]*@/i.test(repo))
    return fault('a URL with credentials is kept in history and logs', 'give token: env:NAME')
  if (isHttps(repo) || isSsh(repo)) return []
  const scheme = /^([a-z][a-z0-9+.-]*):(?:\/\/|:)/i.exec(repo)?.[1]?.toLowerCase()
  if (scheme === 'http' || scheme === 'git')
    return fault(`${scheme}:// is neither encrypted nor proof of who answers`)
  if (scheme && scheme !== 'https' && scheme !== 'ssh') return fault(`${scheme}: is not allowed`)
  // git tells protocols apart by their letters as written.
  if (/^(?!https:|ssh:)(https|ssh):/i.test(repo)) return fault('the scheme is in capitals')
  return fault('not an address of a repository')
}

/** Characters that no repository's path needs are not handed on, encoded line breaks included. */
function isHttps(repo: string): boolean {
  return (
    /^https:\/\/[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?(\/[\w.~+%-]+)+\/?$/.test(repo) &&
    URL.canParse(repo) &&
    !hasEncodedControl(repo)
  )
}

/** A host that starts with a hyphen would be an option of ssh; a path, one of what runs there. */
function isSsh(repo: string): boolean {
  const user = '[A-Za-z0-9_][\\w.-]*'
  const host = '[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?'
  const url = new RegExp(`^ssh://(${user}@)?${host}(:\\d{1,5})?(/(?!-)[\\w.~+%-]+)+/?$`)
  const short = new RegExp(`^git@${host}:/?[\\w.~][\\w.~+%-]*(/(?!-)[\\w.~+%-]+)*/?$`)
  return (url.test(repo) || short.test(repo)) && !hasEncodedControl(repo)
}

function hasEncodedControl(text: string): boolean {
  return /%(?:[01][0-9a-f]|7f)/i.test(text)
}

function revisionFaults({ branch, commit }: GitConfigInput): GitConfigFault[] {
  const faults: GitConfigFault[] = []
  if (branch !== undefined && !isRefName(branch)) {
    const hint = 'write it without refs/heads/, such as main or v4.56.0'
    faults.push({ field: 'branch', what: 'not the name of a branch or tag', hint })
  }
  if (commit !== undefined && !/^[0-9a-f]{7,40}$/i.test(commit)) {
    const hint = 'give 7 to 40 hexadecimal digits, best all 40; a branch or tag goes into branch'
    faults.push({ field: 'commit', what: 'not a commit', hint })
  }
  return faults
}

/** The rules of git-check-ref-format(1). */
function isRefName(name: string): boolean {
  return (
    /^[^-/.]/.test(name) &&
    name.length <= 244 &&
    !/[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|\/\.|\.lock(?:\/|$)|[/.]$/.test(name) &&
    name !== '@' &&
    !name.startsWith('refs/')
  )
}

function referenceFaults(gitConfig: GitConfigInput): GitConfigFault[] {
  const faults: GitConfigFault[] = []
  for (const field of ['password', 'token'] as const) {
    const value = gitConfig[field]
    if (value === undefined || referencePattern.test(value)) continue
    const what = 'a secret in plain text would be kept in history and logs'
    const hint = 'revoke it, and name a variable of the worker: env:NAME'
    faults.push({ field, what, hint })
  }
  if (gitConfig.username !== undefined && !/^[^\s:@/]{1,256}$/.test(gitConfig.username)) {
    const hint = 'a name without spaces, colons and slashes; the password goes into password'
    faults.push({ field: 'username', what: 'not a user name', hint })
  }
  return faults
}

function credentialFaults(gitConfig: GitConfigInput): GitConfigFault[] {
  const { repo = '', username, password, token } = gitConfig
  const given = (['token', 'password', 'username'] as const).find((field) => gitConfig[field])
  if (given === undefined) return []
  if (/^(?:ssh:|git@)/i.test(repo)) {
    const hint = 'remove it: ssh takes its key from the agent or the configuration of the worker'
    return [{ field: given, what: 'ssh takes no token and no password', hint }]
  }
  if (/^https:\/\/git-codecommit\./i.test(repo) && token !== undefined) {
    const hint = 'use the username and password of the Git credentials that IAM makes'
    return [{ field: 'token', what: 'CodeCommit has no tokens', hint }]
  }
  if (token !== undefined) return []
  if (password === undefined)
    return [{ field: 'username', what: 'a username alone proves nothing', hint: 'add a token' }]
  if (username === undefined)
    return [{ field: 'password', what: 'a password without a username', hint: 'add username' }]
  return []
}
