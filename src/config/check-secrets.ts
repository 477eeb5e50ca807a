import type { ConfigPath, Finding } from './fault'
import type { Raw } from './raw'
import { textsIn } from './raw'
import { secretIn } from './secrets'

/** Credentials written out instead of referred to, anywhere in the config. */
export function checkSecrets(raw: Raw): Finding[] {
  return textsIn(raw.value(), []).flatMap(({ path, text, isKey }): Finding[] => {
    const secret = secretIn(text)
    if (secret === undefined) return []
    return [
      {
        path,
        at: isKey ? 'key' : 'value',
        message: `${secret} in plain text would be kept in job descriptions, logs and history`,
        hint: `revoke it, and refer to an environment variable of the worker in ${referenceFor(path)}: env:NAME`,
      },
    ]
  })
}

function referenceFor([section, key]: ConfigPath): string {
  // In deploy.yaml; a pipeline's own `model` is a text.
  if (section === 'deploy' || (section === 'model' && key !== undefined)) return 'model.env'
  const isGit = section === 'train' && key === 'gitConfig'
  return isGit ? 'train.gitConfig.token' : 'train.environment'
}

/** Variables whose name says secret and whose value is not a reference. */
export function suspectVariables(raw: Raw): string[] {
  return raw
    .entries('train', 'environment')
    .filter(
      ([name, value]) =>
        /(TOKEN|SECRET|PASSWORD|API_KEY|ACCESS_KEY)$/.test(name) &&
        typeof value === 'string' &&
        !/^(env:|arn:)/.test(value),
    )
    .map(([name]) => name)
}
