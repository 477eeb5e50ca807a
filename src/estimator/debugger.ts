/** SageMaker Debugger, Profiler and TensorBoard: what the SDK sends unless told otherwise. */

import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker'
import { HoldfastError } from '../errors'
import { collectionsOf, isProfilerRule, ruleFields } from './debugger-rules'
import type { CollectionConfig, Rule } from './debugger-rules'
import { isTrainium, supportsDebugger } from './instance-types'

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
  /** The API's own `ProfilingParameters`. */
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
  region: string
  outputPath: string
}): DebugFields {
  const { estimator, region } = options
  const rules = estimator.rules ?? []
  const fieldsOf = (rule: Rule) => ruleFields(rule, region)
  const debuggerRules = rules.filter((rule) => !isProfilerRule(rule)).map(fieldsOf)
  const profilerRules = rules.filter(isProfilerRule).map(fieldsOf)
  const hook = hookFields(options)
  const board = estimator.tensorboardOutputConfig
  return {
    ...(hook && { DebugHookConfig: hook }),
    ...(debuggerRules.length > 0 && { DebugRuleConfigurations: debuggerRules }),
    ProfilerConfig: profilerFields({ ...options, rules: profilerRules.length }),
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
  const disabled = disableProfiler || !supportsDebugger(options.region) || isTrainium(instanceType)
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
    ...(profilerConfig?.profilingParameters && {
      ProfilingParameters: profilerConfig.profilingParameters,
    }),
  }
}
