/** The permanent record of a published model: `models/<model>/<sha256>/manifest.json`. */

import type { ResolvedPipeline } from '../config/resolved-pipeline'
import type { Evaluation } from '../gate'
import type { InputUris } from '../lineage/lineage'
import { buildManifest, type Manifest, type ManifestEntry } from '../manifest'
import type { Revision } from '../nightly-state'
import type { PipelineImages } from '../plan/images-for'
import type { RunSite } from '../run-site'
import type { Attempt, GateVerdict } from '../run-state'
import { trainingReport } from '../training-report'
import type { InspectedModel } from './inspect-model'

/** What the training took, all attempts together; nulls are not known. */
export interface TrainingFacts {
  attempts: Attempt[]
  interruptions: number
  trainedSeconds: number
  billedSeconds: number
  costUsd: number | null
}

export interface ModelRecord extends Manifest {
  kind: 'model'
  model: string
  /** Id of the run that published it. */
  run: string
  runPrefix: string
  labels: string[]
  metrics: Record<string, number>
  /** Held-out rows scored. */
  rows: number
  /** As the evaluation job reported it. */
  evaluation: Evaluation
  /** Null in records of version 0.1.0. */
  gate: GateVerdict | null
  revision: Revision
  pipeline: ResolvedPipeline
  images: PipelineImages
  /** The account and the region that it was made in, and the prefix of everything of Holdfast there. */
  site: RunSite
  /** Where what it was made from lies, each with its hash; null in records from before they were kept. */
  inputs: InputUris | null
  training: TrainingFacts
  /** Every file inside `model.tar.gz`. */
  contents: ManifestEntry[]
  /** Those of them that run code when they are loaded. */
  pickles: string[]
}

/**
 * Alone it is enough to make the model again: the resolved pipeline with its versions and seeds, the
 * images, and every input by its place and hash. Holds no secret: a pipeline has references only. It outlives Temporal's retention and the registry, and
 * whatever is told about the model elsewhere is derived from it.
 */
export function buildModelRecord(options: {
  site: RunSite
  pipeline: ResolvedPipeline
  revision: Revision
  /** Absent in runs that began before they were told. */
  inputs?: InputUris | undefined
  model: string
  artifact: { sha256: string; size: number }
  evaluation: Evaluation
  gate: GateVerdict | null
  attempts: Attempt[]
  images: PipelineImages
  inspected: InspectedModel
  createdAt: Date
}): ModelRecord {
  const { site, artifact, evaluation, attempts, inspected, createdAt, ...rest } = options
  const { model, pipeline, revision, inputs = null, gate, images } = rest
  const details = {
    model,
    run: site.runId,
    runPrefix: site.run,
    labels: evaluation.labels,
    metrics: evaluation.metrics,
    rows: evaluation.rows,
    evaluation,
    gate,
    revision,
    pipeline,
    images,
    site,
    inputs,
    training: trainingFacts(attempts),
    contents: inspected.files,
    pickles: inspected.pickles,
  }
  const files = [{ path: 'model.tar.gz', size: artifact.size, sha256: artifact.sha256 }]
  return buildManifest({ kind: 'model', createdAt, files, details }) as ModelRecord
}

function trainingFacts(attempts: Attempt[]): TrainingFacts {
  const { trainedSeconds, billedSeconds, costUsd } = trainingReport(attempts)
  const interruptions = attempts.reduce((sum, attempt) => sum + attempt.interruptions, 0)
  return { attempts, interruptions, trainedSeconds, billedSeconds, costUsd }
}

/** Records of version 0.1.0 had neither contents nor training: such a model is published, and stays so. */
export function isFullRecord(manifest: Manifest): manifest is ModelRecord {
  return Array.isArray(manifest['contents']) && typeof manifest['training'] === 'object'
}
