/** Rules, actions and profiles of SageMaker Debugger in our own terms. */

import { isObject } from './exact-json'
import type { Json, JsonObject } from './kind'
import { argumentsOf, camelCase, classOf, namedArguments, translated } from './translate'

/** A built-in rule goes by its name in the case; `custom_name` is the one in the request. */
export function rulesOf(given: Json | undefined): Json {
  return Array.isArray(given) ? given.map(ruleOf) : []
}

function ruleOf(given: Json): Json {
  const rule = isObject(given) ? namedArguments(given) : {}
  const {
    actions,
    config = configOf(rule['base_config']),
    rule_parameters: own,
    base_config: from,
    custom_name: name,
    ...rest
  } = rule
  const base = nameOf(from)
  const builtIn = base ?? rest['name']
  const custom = name ?? (base === undefined ? undefined : rest['name'])
  const parameters = { ...(isObject(config) && config), ...(isObject(own) && own) }
  return {
    ...camelCased(rest),
    ...(custom === undefined ? { name: builtIn ?? '' } : { name: custom, builtIn: builtIn ?? '' }),
    ...(Object.keys(parameters).length > 0 && { ruleParameters: parameters }),
    ...(actions !== undefined && actions !== null && { actions: actionsOf(actions) }),
    ...(classOf(given)?.includes('Profiler') && { kind: 'profiler' }),
  }
}

/** A rule is named, or made by the function of its name: `{"$": "rule_configs.overfit"}`. */
function nameOf(base: Json | undefined): Json | undefined {
  return classOf(base)?.replace(/^.*\./, '') ?? base
}

/** The arguments of such a function. */
function configOf(base: Json | undefined): JsonObject | undefined {
  return isObject(base) ? namedArguments(base) : undefined
}

function actionsOf(given: Json): Json {
  if (Array.isArray(given)) return given.map(actionsOf)
  if (!isObject(given)) return given
  if (classOf(given) === 'ActionList') return actionsOf(given['$args'] ?? given['actions'] ?? [])
  const types: Record<string, string> = { StopTraining: 'stopTraining', Email: 'email', SMS: 'sms' }
  return { type: types[classOf(given) ?? ''] ?? '', ...camelCased(namedArguments(given)) }
}

/** With the SDK's enumerations by value, whichever way they are written. */
export function profilerConfigOf(given: Json | undefined): JsonObject {
  const config = argumentsOf(isObject(given) ? namedArguments(given) : given)
  const framework = config['frameworkProfileParams']
  const python = isObject(framework) ? framework['pythonProfilingConfig'] : undefined
  if (!isObject(framework) || !isObject(python)) return config
  const { pythonProfiler: profiler, cprofileTimer: timer } = python
  const choices = {
    ...(typeof profiler === 'string' && { pythonProfiler: memberValue(profiler) }),
    ...(typeof timer === 'string' && { cprofileTimer: memberValue(timer) }),
  }
  const chosen = { ...framework, pythonProfilingConfig: { ...python, ...choices } }
  return { ...config, frameworkProfileParams: chosen }
}

/** `PythonProfiler.CPROFILE` and `cProfile` both mean `cprofile`. */
function memberValue(name: string): string {
  return name.replace(/^\w+\./, '').toLowerCase()
}

function camelCased(members: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(members)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => [camelCase(key), translated(value)]),
  )
}
