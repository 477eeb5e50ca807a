/**
 * What a run or a model was made from and came to, read from the manifests in S3: they outlive
 * Temporal's retention. Manifests of earlier versions lack some of it, so nearly all may be absent.
 */

import type { ModelSource, ResolvedPipeline } from '../config/resolved-pipeline'
import type { DatasetKeyParts } from '../dataset/dataset-key'
import type { RowCounts } from '../dataset/describe-rows'
import type { ManifestEntry } from '../manifest'
import type { Revision } from '../nightly-state'
import type { Attempt, GateVerdict, RunOutcome } from '../run-state'
import { trainingReport, type TrainingReport } from '../training-report'
import type { EvaluationFacts } from './evaluation-facts'
import type { Ingredient } from './ingredient'

export interface Lineage {
  /** As it is spoken of: `reviews-7f3k2m`, `reviews@3`. */
  name: string
  /** Id of the run that made it. */
  run: string
  outcome: RunOutcome | null
  /** Null for a run that published nothing. */
  model: { name: string; version: number | null } | null
  pipeline: ResolvedPipeline
  revision: Revision | null
  /** Where it was made; `root` is the prefix of everything of Holdfast there. */
  site: { account: string; region: string; root: string } | null
  /** Where its data, code and base model lie. */
  inputs: InputUris | null
  data: {
    /** Content hash of the prepared dataset. */
    key: string | null
    parts: DatasetKeyParts | null
    rows: RowCounts | null
  }
  code: {
    uri: string | null
    sha256: string | null
    commit: string | null
    evaluateSha256: string | null
  }
  baseModel: { source: string | null; revision: string | null }
  images: { training: string | null; serving: string | null }
  training: { attempts: Attempt[]; report: TrainingReport }
  evaluation: EvaluationFacts
  gate: JudgedBy | null
  artifact: { uri: string; sha256: string; size: number } | null
  files: ManifestEntry[]
  /** Every file inside the artifact; empty where it was not recorded. */
  contents: ManifestEntry[]
  /** When its manifest was written: ISO 8601, UTC. */
  createdAt: string
}

/** The gate's verdict, and the person that was asked after it. */
export type JudgedBy = GateVerdict & {
  approval?: { state: string; by?: string; why?: string; decidedAt?: string }
}

/** The parts of a manifest that lineage reads; those of a run and of a model alike. */
export interface LineageSources {
  name: string
  run: string
  model: Lineage['model']
  /** Manifest of the model or, where there is none, of the run. */
  manifest: Record<string, unknown>
  /** Manifest of the run, which knows more of the training. */
  runManifest: Record<string, unknown> | null
  /** Manifest of the prepared dataset. */
  dataset: Record<string, unknown> | null
  evaluation: EvaluationFacts
}

/** @example lineageOf({ name: 'reviews@3', run, model, manifest, runManifest, dataset, evaluation }) */
export function lineageOf(sources: LineageSources): Lineage {
  const { name, run, model, manifest, runManifest, dataset, evaluation } = sources
  const known = <T>(key: string) => (manifest[key] ?? runManifest?.[key] ?? null) as T | null
  const pipeline = known<ResolvedPipeline>('pipeline') as ResolvedPipeline
  const state = known<{ training?: { attempts?: Attempt[] }; [key: string]: unknown }>('state')
  // A model's record says `training` itself; a run's manifest has it in its state.
  const training = known<{ attempts?: Attempt[] }>('training') ?? state?.training
  const attempts = training?.attempts ?? []
  const revision = known<Revision>('revision')
  const inputs = known<InputUris>('inputs')
  const images = known<Partial<Lineage['images']>>('images')
  return {
    name,
    run,
    model,
    outcome: (runManifest?.['outcome'] ?? manifest['outcome'] ?? null) as RunOutcome | null,
    pipeline,
    revision,
    site: known<Lineage['site']>('site'),
    inputs,
    data: {
      key: keyIn(inputs?.dataset?.trainUri),
      parts: (dataset?.['parts'] ?? null) as DatasetKeyParts | null,
      rows: (dataset?.['rows'] ?? null) as RowCounts | null,
    },
    code: {
      uri: inputs?.codeUri ?? null,
      sha256: hashIn(inputs?.codeUri) ?? hashOf('code', inputs),
      commit: inputs?.commit ?? revision?.commit ?? null,
      evaluateSha256: hashIn(inputs?.dataset?.evaluateCodeUri),
    },
    baseModel: { source: sourceOf(pipeline.model), revision: revision?.model ?? null },
    images: { training: images?.training ?? null, serving: images?.serving ?? null },
    training: { attempts, report: trainingReport(attempts) },
    evaluation: {
      ...evaluation,
      metrics: known<Record<string, number>>('metrics') ?? metricsIn(state) ?? evaluation.metrics,
    },
    gate: known<JudgedBy>('gate') ?? ((state?.['gate'] ?? null) as Lineage['gate']),
    artifact: (state?.['artifact'] ?? null) as Lineage['artifact'],
    files: known<ManifestEntry[]>('files') ?? [],
    contents: known<ManifestEntry[]>('contents') ?? [],
    createdAt: known<string>('createdAt') ?? '',
  }
}

/** `Uploaded`, as an earlier version may have written it. */
export interface InputUris {
  dataset?: {
    trainUri: string
    validationUri?: string | null
    testUri: string
    evaluateCodeUri: string
  } | null
  codeUri?: string
  commit?: string
  modelUri?: string | null
  ingredients?: Ingredient[]
  /** Whose buckets hold it, when it is given to a run. Absent: ours; null: anybody's. */
  account?: string | null
}

/** `…/datasets/<key>/train` → key. */
function keyIn(trainUri: string | undefined): string | null {
  return /\/datasets\/([0-9a-f]{64})\/train$/.exec(trainUri ?? '')?.[1] ?? null
}

/** Of `…/<sha256>/sourcedir.tar.gz` and `…/evaluate/<sha256>`; the place of the user's own code has none. */
function hashIn(uri: string | undefined): string | null {
  return /\/([0-9a-f]{64})(?:\/sourcedir\.tar\.gz)?$/.exec(uri ?? '')?.[1] ?? null
}

function hashOf(role: Ingredient['role'], inputs: InputUris | null): string | null {
  return inputs?.ingredients?.find((each) => each.role === role)?.sha256 ?? null
}

/** A Hub id, or the directory's place. */
function sourceOf(model: ModelSource | undefined): string | null {
  if (!model) return null
  return model.kind === 'hub' ? model.id : model.path
}

function metricsIn(state: Record<string, unknown> | null): Record<string, number> | undefined {
  const metrics = state?.['metrics'] as Record<string, number> | undefined
  return metrics && Object.keys(metrics).length > 0 ? metrics : undefined
}
