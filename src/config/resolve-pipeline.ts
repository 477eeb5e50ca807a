import { ownRegion } from '../aws/own-region'
import type { PipelineConfig } from './pipeline-schema'
import { formatOf, locate, modelSource } from './locations'
import type { Base } from './locations'
import type {
  Limits,
  Placement,
  ResolvedDataset,
  ResolvedGate,
  ResolvedHub,
  ResolvedPipeline,
  ResolvedPublish,
  ResolvedTrain,
} from './resolved-pipeline'
import type { ResolvedFeeds } from '../feeds/resolved-feeds'
import { pricesOf } from '../prices/prices-file'
import { estimatorKeys } from './schema/estimator-arguments'
import type { Tags } from './schema/tags'

type Resolving = { config: PipelineConfig } & Origin

interface Origin extends Base {
  /** Who says the prices of a config: the file, and the date of its last change. */
  written: { source: string; readAt: string }
}

/**
 * A checked config with every path absolute and every choice made: what workflows are started with.
 *
 * @example
 * const written = { source: 'pipeline.yaml', readAt: '2026-11-28' }
 * resolvePipeline({ config: pipelineSchema.parse(input), baseDir: process.cwd(), env: process.env, written })
 */
export function resolvePipeline({ config, ...base }: Resolving): ResolvedPipeline {
  const { name, dataset, model, preprocess, train, evaluate, gate } = config
  const { publish, feeds, storage, tags } = config
  const placements = resolvePlacements(train)
  return {
    name,
    ...(dataset && { dataset: resolveDataset(dataset, base) }),
    ...(model !== undefined && { model: modelSource(model, base) }),
    preprocess,
    train: resolveTrain(train, placements, base),
    evaluate: {
      ...(evaluate.entryPoint === undefined
        ? {}
        : { entryPoint: locate(evaluate.entryPoint, base) }),
      ...(evaluate.task === undefined ? {} : { task: evaluate.task }),
      ...(evaluate.bootstrap === undefined ? {} : { bootstrap: given(evaluate.bootstrap) }),
      metric: evaluate.metric,
      ...(evaluate.atLeast === undefined ? {} : { atLeast: evaluate.atLeast }),
      ...(evaluate.slices === undefined ? {} : { slices: evaluate.slices }),
      instanceType: evaluate.instanceType ?? firstGroup(train) ?? placements[0]?.instanceType ?? '',
      maxRun: evaluate.maxRun,
    },
    ...(gate ? { gate: resolveGate(gate) } : {}),
    ...(publish ? { publish: resolvePublish(publish) } : {}),
    ...(feeds ? { feeds: resolveFeeds(feeds) } : {}),
    storage: given(storage),
    tags: { ...tagsOf(tags), ...tagsOf(train.tags ?? {}) },
  }
}

function resolveGate(gate: NonNullable<PipelineConfig['gate']>): ResolvedGate {
  const { thresholds, approval, approvalTimeout, onApprovalTimeout, sliceCorrection, ...rules } =
    gate
  const limits = Object.entries(thresholds ?? {}).map(([metric, limit]): [string, Limits] => [
    metric,
    typeof limit === 'number' ? { atLeast: limit } : given(limit),
  ])
  return {
    ...(limits.length > 0 && { thresholds: Object.fromEntries(limits) }),
    ...given(rules),
    ...(rules.noSliceWorseBy !== undefined && { sliceCorrection }),
    ...(approval === 'manual' && {
      approval: { timeout: approvalTimeout, onTimeout: onApprovalTimeout },
    }),
  }
}

/** Only what differs from the defaults: a config that says nothing new stays the config that it was. */
function resolvePublish(publish: NonNullable<PipelineConfig['publish']>): ResolvedPublish {
  const { model, approvalStatus, allowPickle, license, dataset, hub } = publish
  return {
    model,
    ...(approvalStatus === 'Approved' ? {} : { approvalStatus }),
    ...(allowPickle ? { allowPickle } : {}),
    ...(license === undefined ? {} : { license }),
    ...(dataset === undefined ? {} : { dataset }),
    ...(hub === undefined ? {} : { hub: resolveHub(hub) }),
  }
}

function resolveHub(hub: string | ResolvedHub): ResolvedHub {
  if (typeof hub !== 'string') return hub
  return { repoId: hub, private: true, revision: 'main', token: 'env:HF_TOKEN' }
}

function resolveDataset(
  dataset: NonNullable<PipelineConfig['dataset']>,
  base: Base,
): ResolvedDataset {
  return {
    ...given(dataset),
    path: locate(dataset.path, base),
    split: given(dataset.split),
    format: dataset.format ?? formatOf(dataset.path) ?? 'csv',
  }
}

function resolveFeeds(feeds: NonNullable<PipelineConfig['feeds']>): ResolvedFeeds {
  const { mlflow, wandb, trackio } = feeds
  return {
    ...(mlflow && { mlflow: given(mlflow) }),
    ...(wandb && { wandb: given(wandb) }),
    ...(trackio && { trackio: given(trackio) }),
  }
}

function tagsOf(tags: Tags): Record<string, string> {
  return Array.isArray(tags) ? Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])) : tags
}

/** A heterogeneous cluster says its instance types itself. */
function firstGroup({ instanceGroups }: PipelineConfig['train']): string | undefined {
  return instanceGroups?.[0]?.instanceType
}

/** Spot first, then the same type on demand: a run that finds no spot capacity still finishes. */
function resolvePlacements({
  placements,
  instanceType = '',
  useSpotInstances = true,
}: PipelineConfig['train']): Placement[] {
  if (placements) return placements.map(given)
  const onDemand = { instanceType, useSpotInstances: false }
  return useSpotInstances ? [{ instanceType, useSpotInstances: true }, onDemand] : [onDemand]
}

function resolveTrain(
  train: PipelineConfig['train'],
  placements: Placement[],
  base: Origin,
): ResolvedTrain {
  const {
    transformersVersion,
    pytorchVersion,
    tensorflowVersion,
    pyVersion,
    imageUri,
    role,
    checkpointS3Uri,
    checkpointLocalPath,
    deadline,
    maxUsd,
    stalledAfter,
  } = train
  const optional = {
    transformersVersion,
    pytorchVersion,
    tensorflowVersion,
    pyVersion,
    imageUri,
    role,
    checkpointS3Uri,
    checkpointLocalPath,
    deadline,
    maxUsd,
    stalledAfter,
  }
  const estimator = Object.fromEntries(estimatorKeys.map((key) => [key, train[key]]))
  // Paths in a repository stay as they are until it is cloned.
  const place = (path: string) => (train.gitConfig ? path : locate(path, base))
  return {
    ...given(optional),
    entryPoint: train.entryPoint,
    sourceDir: place(train.sourceDir),
    dependencies: train.dependencies.map(place),
    ...(train.gitConfig ? { gitConfig: given(train.gitConfig) } : {}),
    instanceCount: train.instanceCount,
    volumeSize: train.volumeSize,
    placements,
    maxRun: train.maxRun,
    // SageMaker counts waiting and training together and has no default: twice maxRun leaves as much
    // time for interruptions and waiting as for training before the next placement is tried.
    maxWait: train.maxWait ?? 2 * train.maxRun,
    hyperparameters: train.hyperparameters,
    environment: train.environment,
    metricDefinitions: train.metricDefinitions,
    inputs: resolveInputs(train.inputs),
    ...resolveRegions(train),
    ...resolvePrices(train, base),
    estimator: given(estimator),
  }
}

/** Prices are kept with the others. */
function resolveRegions({ regions }: PipelineConfig['train']): Pick<ResolvedTrain, 'regions'> {
  if (regions === undefined) return {}
  return {
    regions: Object.fromEntries(
      Object.entries(regions).map(([name, region]) => {
        const options = given(region)
        delete options.prices
        return [name, options]
      }),
    ),
  }
}

/** A pipeline's own prices are those of where it runs, but for those of a region that it names. */
function resolvePrices(
  train: PipelineConfig['train'],
  { env, written }: Origin,
): Pick<ResolvedTrain, 'prices'> {
  const there = Object.entries(train.regions ?? {}).map(([region, { prices }]) => ({
    region,
    prices,
  }))
  const said = [{ region: ownRegion(env) ?? 'us-east-1', prices: train.prices }, ...there]
  const prices = said.flatMap(({ region, prices }) =>
    prices ? pricesOf({ file: { region, prices }, ...written }) : [],
  )
  return prices.length > 0 ? { prices } : {}
}

/** A single channel is named `training`, as in the SDK. */
function resolveInputs(inputs: PipelineConfig['train']['inputs'] = {}): ResolvedTrain['inputs'] {
  if (typeof inputs === 'string') return { training: inputs }
  return Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [
      name,
      typeof input === 'string' ? input : given(input),
    ]),
  )
}

type Given<T> = { [K in keyof T]: Exclude<T[K], undefined> }

/** Without the keys that are undefined, which JSON would drop on the way to the workflow anyway. */
function given<T extends object>(value: T): Given<T> {
  return Object.fromEntries(
    Object.entries(value).filter(([, each]) => each !== undefined),
  ) as Given<T>
}
