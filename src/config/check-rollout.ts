/** What takes a deployment over, against what is deployed: nothing that could only fail later. Pure. */

import type { Finding } from './fault'
import { missing } from './missing'
import type { Raw } from './raw'

const rolloutKeys = ['probe', 'canary', 'alarms', 'ttl', 'idleAfter', 'autoscaling']

export function checkRollout(raw: Raw): Finding[] {
  return [...checkKind(raw), ...checkAutoscaling(raw), ...checkPublished(raw)]
}

/** Kinds of endpoints that the service lets have one variant, or change in one way only. */
function checkKind(raw: Raw): Finding[] {
  const given = (keys: string[]) => keys.filter((key) => raw.has(key))
  const refuse = (keys: string[], kind: string) =>
    given(keys).map((key) => missing([key], `not for ${kind}`, `remove ${key}`))
  if (raw.text('deploy', 'endpointType') === 'INFERENCE_COMPONENT_BASED')
    return refuse(rolloutKeys, 'an endpoint of inference components')
  if (raw.has('deploy', 'serverlessInferenceConfig'))
    return refuse(['canary', 'alarms', 'autoscaling'], 'a serverless endpoint')
  if (raw.has('deploy', 'asyncInferenceConfig'))
    return refuse(['canary', 'probe'], 'an asynchronous endpoint')
  return []
}

function checkAutoscaling(raw: Raw): Finding[] {
  if (!raw.has('autoscaling')) return []
  const [min, max] = [raw.value('autoscaling', 'min'), raw.value('autoscaling', 'max')]
  if (typeof min !== 'number' || typeof max !== 'number') return []
  if (min > max) {
    const message = `more than max (${min} > ${max})`
    return [{ path: ['autoscaling', 'min'], message, hint: 'raise max' }]
  }
  const count = raw.value('deploy', 'initialInstanceCount')
  if (typeof count !== 'number' || (count >= min && count <= max)) return []
  return [
    {
      path: ['deploy', 'initialInstanceCount'],
      message: `outside of autoscaling (${min} to ${max})`,
      hint: 'start with a number in between',
    },
  ]
}

function checkPublished(raw: Raw): Finding[] {
  const published = raw.has('model', 'published')
  if (!published) {
    return ['version', 'storage']
      .filter((key) => raw.has('model', key))
      .map((key) => missing(['model', key], 'not read without published', `remove ${key}`))
  }
  const others: [string, string][] = [['model', 'modelData']]
  const findings = others
    .filter((path) => raw.has(...path))
    .map((path) => missing(path, 'not beside published, which has its own', 'keep one of them'))
  if (raw.has('model', 'env', 'HF_MODEL_ID')) {
    const path = ['model', 'env', 'HF_MODEL_ID']
    findings.push(missing(path, 'not beside published', 'keep one of them'))
  }
  return findings
}
