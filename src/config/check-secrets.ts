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

/** Fields of their own that take a reference; in all others it would stay a text. */
const ownReferences = [
  'publish.hub.token',
  'feeds.mlflow.trackingUri',
  'feeds.mlflow.token',
  'feeds.mlflow.password',
  'feeds.wandb.apiKey',
]

/** Where a reference is resolved: at the secret's own place if it can stand there. */
function referenceFor(path: ConfigPath): string {
  const [section, key] = path
  // In deploy.yaml; a pipeline's own `model` is a text.
  if (section === 'deploy' || (section === 'model' && key !== undefined)) return 'model.env'
  if (section === 'train' && key === 'gitConfig') return 'train.gitConfig.token'
  if (section === 'publish' && key === 'hub') return 'publish.hub.token'
  return ownReferences.find((field) => field === path.join('.')) ?? 'train.environment'
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
