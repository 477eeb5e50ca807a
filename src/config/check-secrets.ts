import type { ConfigPath, Finding } from './fault'
import type { Raw } from './raw'
import { textsIn } from './raw'
import { isReference, isSecretName, referencePattern, secretIn } from './secrets'

/** Credentials written out instead of referred to, anywhere in the config. */
export function checkSecrets(raw: Raw): Finding[] {
  return [...checkShapes(raw), ...checkNames(raw), ...checkReferences(raw)]
}

function checkShapes(raw: Raw): Finding[] {
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

/** Where everybody who may describe a job reads along. */
const described: ConfigPath[] = [
  ['train', 'hyperparameters'],
  ['train', 'environment'],
  ['model', 'env'],
]

function checkNames(raw: Raw): Finding[] {
  return described.flatMap((place) =>
    raw.entries(...place).flatMap(([name, value]): Finding[] => {
      if (!isSecretName(name) || typeof value !== 'string' || value === '') return []
      // A shape that is known is named already.
      if (isReference(value) || secretIn(value) !== undefined) return []
      const path = [...place, name]
      const message = 'a secret in plain text would be kept in job descriptions, logs and history'
      return [
        {
          path,
          message,
          hint: `give it to the worker, and write it in ${referenceFor(path)}: env:NAME`,
        },
      ]
    }),
  )
}

/** A reference is resolved in variables alone: a hyperparameter would reach the script as it stands. */
function checkReferences(raw: Raw): Finding[] {
  return raw.entries('train', 'hyperparameters').flatMap(([name, value]): Finding[] => {
    if (typeof value !== 'string' || !referencePattern.test(value)) return []
    const path = ['train', 'hyperparameters', name]
    const message = 'a reference is not resolved in hyperparameters, which everybody can read'
    return [{ path, message, hint: `move it to train.environment, and read it there` }]
  })
}
