/** SageMaker Debugger, Profiler and TensorBoard: what the SDK sends unless told otherwise. */

import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker'
import { HoldfastError } from '../errors'
import { isProfilerRule } from './built-in-rules'
import { collectionsOf, profilerProcessing, ruleFields } from './debugger-rules'
import type { CollectionConfig, Rule } from './debugger-rules'
import type { EstimatorSession } from './hugging-face-estimator'
import { isTrainium, supportsDebugger } from './instance-types'
import { frameworkProfileParameters, profilerParameters } from './profiling-parameters'
import type { FrameworkProfile, ProfilerParameters } from './profiling-parameters'

export interface DebuggerHookConfig {
  /** The estimator's output path. */
  s3OutputPath?: string
  containerLocalOutputPath?: string
  hookParameters?: Record<string, string>
  collectionConfigs?: CollectionConfig[]
}

export interface ProfilerConfig {
  /** The estimator's output path. */
  s3OutputPath?: string
  systemMonitorIntervalMillis?: number
  /** What of the framework is profiled. */
  frameworkProfileParams?: FrameworkProfile
  /** SageMaker Profiler; not beside `frameworkProfileParams`. */
  profileParams?: ProfilerParameters
  /** The API's own `ProfilingParameters`, over those of the two above. */
  profilingParameters?: Record<string, string>
  disableProfiler?: boolean
}

export interface TensorBoardOutputConfig {
  s3OutputPath: string
  containerLocalOutputPath?: string
}

type DebugFields = Pick<
  CreateTrainingJobRequest,
  | 'DebugHookConfig'
  | 'DebugRuleConfigurations'
  | 'ProfilerConfig'
  | 'ProfilerRuleConfigurations'
  | 'TensorBoardOutputConfig'
>

export function debugFields(options: {
  estimator: {
    instanceType?: string
    debuggerHookConfig?: DebuggerHookConfig | false
    rules?: Rule[]
    profilerConfig?: ProfilerConfig
    disableProfiler?: boolean
    tensorboardOutputConfig?: TensorBoardOutputConfig
  }
  jobName: string
  session: EstimatorSession
  outputPath: string
}): DebugFields {
  const { estimator, jobName, session, outputPath } = options
  const { region } = session
  const rules = estimator.rules ?? []
  const fieldsOf = (rule: Rule) => ruleFields({ rule, jobName, session })
  const debuggerRules = rules.filter((rule) => !isProfilerRule(rule)).map(fieldsOf)
  const ownProfilerRules = rules.filter(isProfilerRule).map(fieldsOf)
  const profiler = profilerFields({ estimator, region, outputPath, rules: ownProfilerRules.length })
  const processed = estimator.profilerConfig?.profileParams && !isOff(estimator, region)
  const profilerRules =
    processed &&
    (estimator.rules === undefined || debuggerRules.length > 0) &&
    ownProfilerRules.length === 0
      ? [profilerProcessing(session)]
      : ownProfilerRules
  const hook = hookFields({ estimator, region, outputPath })
  const board = estimator.tensorboardOutputConfig
  return {
    ...(hook && { DebugHookConfig: hook }),
    ...(debuggerRules.length > 0 && { DebugRuleConfigurations: debuggerRules }),
    ProfilerConfig: profiler,
    ...(profilerRules.length > 0 && { ProfilerRuleConfigurations: profilerRules }),
    ...(board && {
      TensorBoardOutputConfig: {
        S3OutputPath: board.s3OutputPath,
        ...(board.containerLocalOutputPath && { LocalPath: board.containerLocalOutputPath }),
      },
    }),
  }
}

function hookFields(options: {
  estimator: { debuggerHookConfig?: DebuggerHookConfig | false; rules?: Rule[] }
  region: string
  outputPath: string
}): CreateTrainingJobRequest['DebugHookConfig'] {
  const { estimator, region, outputPath } = options
  const hook = estimator.debuggerHookConfig
  if (hook === false) return undefined
  if (!supportsDebugger(region)) {
    if (hook === undefined) return undefined
    throw new HoldfastError({
      code: 'E_REGION_NO_DEBUGGER',
      what: `SageMaker Debugger does not exist in ${region}`,
      where: 'debuggerHookConfig',
      hint: 'leave debuggerHookConfig out',
    })
  }
  const ofRules = (estimator.rules ?? [])
    .filter((rule) => !isProfilerRule(rule))
    .flatMap(collectionsOf)
  const collections = [...ofRules, ...(hook?.collectionConfigs ?? [])].map((collection) => ({
    CollectionName: collection.name,
    ...(collection.parameters && { CollectionParameters: collection.parameters }),
  }))
  const distinct = new Map(collections.map((one) => [JSON.stringify(one), one]))
  return {
    S3OutputPath: hook?.s3OutputPath ?? outputPath,
    ...(hook?.containerLocalOutputPath && { LocalPath: hook.containerLocalOutputPath }),
    ...(hook?.hookParameters && { HookParameters: hook.hookParameters }),
    CollectionConfigurations: [...distinct.values()],
  }
}

function profilerFields(options: {
  estimator: { instanceType?: string; profilerConfig?: ProfilerConfig; disableProfiler?: boolean }
  region: string
  outputPath: string
  rules: number
}): NonNullable<CreateTrainingJobRequest['ProfilerConfig']> {
  const { profilerConfig, disableProfiler, instanceType } = options.estimator
  const disabled = isOff(options.estimator, options.region)
  const enabled = profilerConfig !== undefined && !profilerConfig.disableProfiler
  if (disabled && (options.rules > 0 || enabled)) {
    throw new HoldfastError({
      code: 'E_PROFILER_DISABLED',
      what: disableProfiler
        ? 'disableProfiler is set beside profiler rules or an enabled profilerConfig'
        : `there is no profiler in ${options.region} on ${instanceType ?? 'this instance'}`,
      where: disableProfiler ? 'disableProfiler' : 'profilerConfig',
      hint: disableProfiler ? 'keep one of them' : 'leave profilerConfig and profiler rules out',
    })
  }
  const off = profilerConfig?.disableProfiler ?? disabled
  return {
    ...(!off && { S3OutputPath: profilerConfig?.s3OutputPath ?? options.outputPath }),
    DisableProfiler: off,
    ...(profilerConfig?.systemMonitorIntervalMillis !== undefined && {
      ProfilingIntervalInMilliseconds: profilerConfig.systemMonitorIntervalMillis,
    }),
    ...profilingParameters(profilerConfig),
  }
}

/** Of the estimator as a whole, whatever its profilerConfig says. */
function isOff(
  estimator: { instanceType?: string; disableProfiler?: boolean },
  region: string,
): boolean {
  return (
    estimator.disableProfiler === true ||
    !supportsDebugger(region) ||
    isTrainium(estimator.instanceType)
  )
}

function profilingParameters(config: ProfilerConfig | undefined) {
  if (!config) return {}
  const { frameworkProfileParams: framework, profileParams: profiler } = config
  if (framework && profiler) {
    throw new HoldfastError({
      code: 'E_PROFILE',
      what: 'frameworkProfileParams and profileParams exclude each other',
      where: 'profilerConfig',
      hint: 'keep one of them',
    })
  }
  if (!framework && !profiler && !config.profilingParameters) return {}
  return {
    ProfilingParameters: {
      ...(framework && frameworkProfileParameters(framework)),
      ...(profiler && profilerParameters(profiler)),
      ...config.profilingParameters,
    },
  }
}
