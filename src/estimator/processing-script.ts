/** The shell script that a processing job starts: unpack, install, run. */

import { HoldfastError } from '../errors'

/**
 * @throws HoldfastError `E_CODEARTIFACT`
 * @example
 * processingScript({ command: ['python'], script: 'prepare.py' })
 */
export function processingScript(options: {
  command: string[]
  /** Relative to the code's folder. */
  script: string
  codeartifactRepoArn?: string | undefined
}): string {
  const login = options.codeartifactRepoArn
    ? loginCommand(options.codeartifactRepoArn)
    : 'echo "No CodeArtifact repository is given."'
  return `#!/bin/bash
# Unpacks the code, installs what it requires, and runs it with the job's own arguments.

# The first command that fails ends the job with its exit code.
set -e

cd /opt/ml/processing/input/code/
tar -xzf sourcedir.tar.gz

if [ -f requirements.txt ]; then
  # pip installs from CodeArtifact when the job names a repository of it.
  if command -v aws > /dev/null; then
    ${login}
  else
    echo "No AWS CLI in this image: pip uses its own index."
  fi

  # The backport of typing, which some images have, breaks pip under Python 3.
  pip uninstall --yes typing
  python -m pip install -r requirements.txt
fi

${options.command.join(' ')} ${quoted(options.script)} "$@"
`
}

/** As one word of the shell. */
function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}

function loginCommand(arn: string): string {
  const match =
    /^arn:[\w-]+:codeartifact:([\w-]+):(\d{12}):repository\/([\w.-]+)\/([\w./-]+)$/.exec(arn)
  if (!match) {
    throw new HoldfastError({
      code: 'E_CODEARTIFACT',
      what: `${arn} is no ARN of a CodeArtifact repository`,
      where: 'codeartifactRepoArn',
      hint: 'arn:aws:codeartifact:<region>:<account>:repository/<domain>/<repository>',
    })
  }
  const [, region = '', account = '', domain = '', repository = ''] = match
  return [
    'aws codeartifact login --tool pip',
    `--domain ${domain} --domain-owner ${account}`,
    `--repository ${repository} --region ${region}`,
  ].join(' ')
}
