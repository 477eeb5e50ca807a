import type { CreateModelInput } from '@aws-sdk/client-sagemaker'

import { referencePattern } from '../src/config/secrets'
import { HoldfastError } from '../src/errors'

/**
 * Replaces `env:NAME` in a request's Environment by this worker's variable, at the last moment: what
 * is frozen, hashed and kept in history is the reference, never the secret.
 */
export function resolveReferences({
  request,
  where = 'train.environment',
  env,
}: {
  request: object
  /** Field of the config. */
  where?: string
  env: NodeJS.ProcessEnv
}): object {
  const { Environment } = request as { Environment?: Record<string, string> }
  if (!Environment) return request
  const resolved = Object.entries(Environment).map(([name, value]) => [
    name,
    referredTo({ value, where: `${where}.${name}`, env }),
  ])
  return { ...request, Environment: Object.fromEntries(resolved) as Record<string, string> }
}

/** The same for the container of a model. */
export function resolveContainer({
  model,
  env,
}: {
  model: CreateModelInput
  env: NodeJS.ProcessEnv
}): CreateModelInput {
  const { PrimaryContainer } = model
  if (!PrimaryContainer) return model
  const resolved = resolveReferences({ request: PrimaryContainer, where: 'model.env', env })
  return { ...model, PrimaryContainer: resolved }
}

/** Refuses, before anything is paid for, a reference that this worker could not resolve. */
export function checkReferences(options: {
  environment: Record<string, string>
  where?: string
  env: NodeJS.ProcessEnv
}): void {
  const { where = 'train.environment' } = options
  for (const [name, value] of Object.entries(options.environment)) {
    referredTo({ value, where: `${where}.${name}`, env: options.env })
  }
}

/** What `env:NAME` stands for in this worker; any other text stands for itself. */
export function referredTo(options: {
  value: string
  /** Field of the config. */
  where: string
  env: NodeJS.ProcessEnv
}): string {
  const { value, where, env } = options
  const reference = referencePattern.exec(value)?.[1]
  if (reference === undefined) return value
  const found = env[reference]
  if (found === undefined) {
    throw new HoldfastError({
      code: 'E_SECRET_MISSING',
      what: `the worker's environment has no ${reference}`,
      where,
      hint: `start the worker with ${reference} set`,
    })
  }
  return found
}
