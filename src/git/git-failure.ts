/** What git says when it fails, as an error that tells what to do. */

import { HoldfastError } from '../errors'

interface Reading {
  pattern: RegExp
  code: string
  what: string
  hint: string
}

/** The first that matches wins. */
const readings: Reading[] = [
  {
    pattern: /certificate|Host key verification failed|SSL: no alternative certificate/i,
    code: 'E_GIT_UNTRUSTED',
    what: 'the git server cannot prove who it is',
    hint: 'name its authority in GIT_SSL_CAINFO, or its key in known_hosts, on every worker',
  },
  {
    pattern:
      /Authentication failed|could not read (?:Username|Password)|Permission denied|returned error: 40[13]|terminal prompts disabled|Access denied/i,
    code: 'E_GIT_DENIED',
    what: 'the git server does not let us read the repository',
    hint: 'set gitConfig.token: env:NAME (or username and password), or give the worker’s ssh key access',
  },
  {
    pattern:
      /repository .*not found|returned error: 404|does not exist|does not appear to be a git/i,
    code: 'E_GIT_NOT_FOUND',
    what: 'there is no such repository, or it is private',
    hint: 'check gitConfig.repo; a private one needs gitConfig.token: env:NAME',
  },
  {
    pattern:
      /Could ?n[o']t (?:resolve|connect)|Failed to connect|Connection (?:timed out|refused|reset|closed)|Operation too slow|timed out|early EOF|returned error: (?:429|5\d\d)|Empty reply|unexpected disconnect|hung up|Network is unreachable|No route to host|SSL_ERROR_SYSCALL|TLS connection was non-properly|gnutls_handshake/i,
    code: 'E_GIT_UNREACHABLE',
    what: 'the git server did not answer',
    hint: 'check the network and HTTPS_PROXY of the worker',
  },
]

/** `secrets` are cut out of git's words: a server may repeat what it was sent. */
export function gitFailure(options: {
  command: string
  stderr: string
  repo: string
  secrets: string[]
}): HoldfastError {
  const { command, repo, secrets } = options
  const said = plainWords(options.stderr, secrets)
  const reading = readings.find(({ pattern }) => pattern.test(said))
  return new HoldfastError({
    code: reading?.code ?? 'E_GIT_FAILED',
    what: `${reading?.what ?? `git ${command} failed`}: ${said || 'it said nothing'}`,
    where: repo,
    hint: reading?.hint,
  })
}

/** The last three lines, on one line of at most 400 characters, without what terminals obey. */
function plainWords(stderr: string, secrets: string[]): string {
  const words = secrets.reduce((text, secret) => text.replaceAll(secret, '…'), stderr)
  const lines = words
    .replace(/\x1b\[[0-9;]*[A-Za-z]|[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]/g, '')
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
  return lines.slice(-3).join(' ').slice(-400)
}
