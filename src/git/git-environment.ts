/** What git may see and do: nothing of the machine's own configuration, no command of a repository's. */

import { join } from 'node:path'

/** Of the worker's variables only these: how to get out, and whom to trust. */
const handedOn = [
  'PATH',
  'TMPDIR',
  'SSH_AUTH_SOCK',
  'GIT_SSH_COMMAND',
  'GIT_SSL_CAINFO',
  'GIT_SSL_CAPATH',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'CURL_CA_BUNDLE',
  ...['HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
]

const settings = {
  'core.hooksPath': '/dev/null',
  'core.fsmonitor': 'false',
  'credential.helper': '',
  'fetch.recurseSubmodules': 'false',
  'submodule.recurse': 'false',
  'filter.lfs.smudge': '',
  'filter.lfs.process': '',
  'filter.lfs.required': 'false',
  // One of the first request, as renamed repositories have it; never to another protocol.
  'http.followRedirects': 'initial',
  // Bytes per second, and seconds: a connection that stands still ends though nobody watches it.
  'http.lowSpeedLimit': '100',
  'http.lowSpeedTime': '60',
  // Nothing may go on in the background after git has ended.
  'gc.auto': '0',
  'maintenance.auto': 'false',
}

/** Options that stand before every command. */
export const safeArguments = Object.entries(settings).flatMap(([name, value]) => [
  '-c',
  `${name}=${value}`,
])

/** ssh asks nobody, knows its hosts already, and notices within a minute that nobody answers. */
const ssh =
  'ssh -oBatchMode=yes -oPermitLocalCommand=no -oConnectTimeout=20 -oServerAliveInterval=15 -oServerAliveCountMax=4'

export interface Credentials {
  username: string
  password: string
}

/** `home` is an empty folder: no `.gitconfig`, no `.netrc`. */
export function gitEnvironment(options: {
  env: NodeJS.ProcessEnv
  home: string
  repo: string
  askPass: string
  credentials: Credentials | undefined
}): NodeJS.ProcessEnv {
  const { env, home, repo, askPass, credentials } = options
  const isHttps = repo.startsWith('https://')
  return {
    GIT_SSH_COMMAND: ssh,
    ...Object.fromEntries(handedOn.flatMap((name) => (env[name] ? [[name, env[name]]] : []))),
    HOME: home,
    XDG_CONFIG_HOME: join(home, 'none'),
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_CEILING_DIRECTORIES: home,
    GIT_ALLOW_PROTOCOL: isHttps ? 'https' : 'ssh',
    GIT_TERMINAL_PROMPT: '0',
    GIT_LFS_SKIP_SMUDGE: '1',
    GIT_ASKPASS: askPass,
    SSH_ASKPASS: askPass,
    ...(credentials && {
      // As written, port included: git asks in the same words.
      CLONE_HOST: repo.split('/')[2] ?? '',
      CLONE_USERNAME: credentials.username,
      CLONE_PASSWORD: credentials.password,
    }),
  }
}

/**
 * Answers git's questions from the environment, and only those of the host that was named: after a
 * redirect to another one there is no answer.
 */
export const askPassScript = `#!/bin/sh
[ -n "$CLONE_HOST" ] || exit 1
case "$1" in
  "Username for 'https://$CLONE_HOST': ") printf '%s\\n' "$CLONE_USERNAME" ;;
  "Password for 'https://"*"@$CLONE_HOST': ") printf '%s\\n' "$CLONE_PASSWORD" ;;
  *) exit 1 ;;
esac
`
