/** What a run would do: every call in order, what it may cost, and nothing sent. */

import { hasDataset } from '../config/has-dataset'
import type { Placement, ResolvedPipeline } from '../config/resolved-pipeline'
import type { AwsCall } from '../estimator/aws-call'
import { gpusOf } from '../estimator/instance-gpus'
import { estimatorFaults } from '../estimator/refusals'
import type { EstimatorFault } from '../estimator/refusals'
import { attemptsPerPlacement } from '../job'
import type { Price } from '../prices/price'
import { budgetFault, withPrices } from '../prices/price-pipeline'
import { ceilingOf, instancesOf } from './ceiling'
import type { Ceiling } from './ceiling'
import { estimatorWarnings } from './estimator-warnings'
import { imagesFor } from './images-for'
import { plannedEstimator, plannedInputs, trainingRequest } from './job-calls'
import { runCalls } from './plan-calls'
import { planNotes } from './plan-notes'
import { plannedIn, regionFaults, regionNotes } from './plan-regions'
import { planSite } from './plan-site'
import type { PlanSite, PlanSiteOptions } from './plan-site'

export interface Plan {
  /** What is made and written, in order; names in angle brackets are decided by the run. */
  calls: AwsCall[]
  pipeline: string
  region: string
  runPrefix: string
  image: string
  /** Of the model package; null when nothing is published. */
  inferenceImage: string | null
  notes: string[]
  warnings: string[]
  /** What the service would refuse, or the user would regret. */
  faults: EstimatorFault[]
  channels: { name: string; uri: string }[]
  /** In the order in which they are tried. */
  placements: PlannedPlacement[]
  /** Seconds, GiB; attempts on each placement. Null where there is no spot, or no evaluation. */
  limits: {
    maxRun: number
    maxWait: number | null
    /** Of the whole training; null: none. */
    deadline: number | null
    maxUsd: number | null
    attempts: number
    volumeSize: number
    evaluationMaxRun: number | null
  }
  price: Ceiling
}

export interface PlannedPlacement {
  useSpotInstances: boolean
  /** More than one in a heterogeneous cluster. */
  instances: { instanceType: string; count: number }[]
  /** Absent: that of the plan. */
  region?: string
}

export interface PlanOptions extends PlanSiteOptions {
  /** What is known of prices; absent: nothing. */
  prices?: readonly Price[] | undefined
}

/**
 * @example
 * const { calls, price } = planPipeline({ pipeline, env: process.env })
 * console.log(calls.map(({ service, op }) => `${service} ${op}`), price.once.usd)
 */
export function planPipeline(options: PlanOptions): Plan {
  const { prices: said = [] } = options
  const pipeline = withPrices({ pipeline: options.pipeline, prices: said })
  const prices = [...(options.pipeline.train.prices ?? []), ...said]
  const { train } = pipeline
  const planned = { ...planSite(options), pipeline, placement: firstPlacement(pipeline) }
  const { site } = planned
  const images = imagesFor({ pipeline, region: site.region })
  const publishes = hasDataset(pipeline) && pipeline.publish !== undefined
  return {
    calls: runCalls({ ...planned, images }),
    pipeline: pipeline.name,
    region: site.region,
    runPrefix: site.run,
    image: images.training,
    inferenceImage: publishes ? images.serving : null,
    notes: [
      ...planNotes(pipeline),
      ...regionNotes(pipeline),
      // Said before training is paid for, also where nothing is published yet.
      ...(!publishes && images.warning ? [`For later: ${images.warning}.`] : []),
    ],
    warnings: [
      ...(publishes && images.warning ? [images.warning] : []),
      ...gpuWarnings(pipeline),
      ...checkpointWarnings(pipeline),
      ...estimatorWarnings(pipeline),
      ...planned.warnings,
    ],
    faults: [
      ...faultsOf(planned),
      ...regionFaults({ pipeline, site, env: options.env }),
      ...budgetFaults(pipeline),
    ],
    channels: channelsOf(planned),
    placements: train.placements.map((placement) => plannedPlacement({ pipeline, placement })),
    limits: limitsOf(pipeline),
    price: ceilingOf({ pipeline, trainings: 1, evaluates: hasDataset(pipeline), prices }),
  }
}

export function plannedPlacement(options: {
  pipeline: ResolvedPipeline
  placement: Placement
}): PlannedPlacement {
  const { pipeline, placement } = options
  const { useSpotInstances, region } = placement
  const instances = instancesOf(pipeline, placement)
  return { useSpotInstances, instances, ...(region !== undefined && { region }) }
}

export function firstPlacement({ train }: ResolvedPipeline): Placement {
  const [first] = train.placements
  if (first) return first
  throw new RangeError('a pipeline without placements: its schema wants one at least')
}

/** Of any placement, each once. */
function faultsOf(planned: PlanSite & { pipeline: ResolvedPipeline }): EstimatorFault[] {
  const { pipeline } = planned
  const faults = pipeline.train.placements.flatMap((placement) => {
    const there = plannedIn({ planned, region: placement.region })
    return estimatorFaults({
      estimator: plannedEstimator({ ...there, placement }),
      // Of the right form and length; the real one carries the run's hash.
      jobName: `${pipeline.name}-0000000000-a1`,
      region: there.site.region,
      inputs: plannedInputs(there),
    })
  })
  return [...new Map(faults.map((fault) => [fault.field + fault.what, fault])).values()]
}

function budgetFaults(pipeline: ResolvedPipeline): EstimatorFault[] {
  const fault = budgetFault(pipeline)
  if (fault === null) return []
  const { code, message: what, hint } = fault
  return [{ code, field: 'maxUsd', what, hint }]
}

function channelsOf(
  planned: PlanSite & { pipeline: ResolvedPipeline; placement: Placement },
): Plan['channels'] {
  const { placement } = planned
  const there = { ...plannedIn({ planned, region: placement.region }), placement }
  return (trainingRequest(there).InputDataConfig ?? []).map(({ ChannelName, DataSource }) => {
    const { S3DataSource, FileSystemDataSource: files } = DataSource ?? {}
    const uri = S3DataSource?.S3Uri ?? `${files?.FileSystemId ?? ''}:${files?.DirectoryPath ?? ''}`
    return { name: ChannelName ?? '', uri }
  })
}

function limitsOf(pipeline: ResolvedPipeline): Plan['limits'] {
  const { train, evaluate } = pipeline
  return {
    maxRun: train.maxRun,
    maxWait: train.placements.some((one) => one.useSpotInstances) ? train.maxWait : null,
    deadline: train.deadline ?? null,
    maxUsd: train.maxUsd ?? null,
    attempts: attemptsPerPlacement,
    volumeSize: train.volumeSize,
    evaluationMaxRun: hasDataset(pipeline) ? evaluate.maxRun : null,
  }
}

/** A checkpoint of 8 processes is not one of 4: holdfast_checkpoint refuses it. */
function gpuWarnings({ train }: ResolvedPipeline): string[] {
  const counts = new Map<number, string>()
  for (const { instanceType } of train.placements) {
    const gpus = gpusOf(instanceType)
    if (gpus && !counts.has(gpus.count)) counts.set(gpus.count, `${instanceType} has ${gpus.count}`)
  }
  if (counts.size < 2) return []
  return [
    `the placements differ in GPUs (${[...counts.values()].join(', ')}): holdfast_checkpoint resumes on another number of processes only with allow_reshape=True`,
  ]
}

/** Folders of the container that are read from, or packed into the model. */
function checkpointWarnings({ train: { checkpointLocalPath: path } }: ResolvedPipeline): string[] {
  if (path === undefined || !/^\/opt\/ml\/(input|model|code)(\/|$)/.test(path)) return []
  return [
    `checkpointLocalPath ${path} lies in a folder that the container uses for something else: leave it out, or choose one below /opt/ml/checkpoints`,
  ]
}
