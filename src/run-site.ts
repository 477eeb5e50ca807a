/** Where a run's things lie. Made once per run by `openRun`; plain JSON. */
export interface RunSite {
  account: string
  region: string
  bucket: string
  /** `s3://bucket/prefix`: everything of Holdfast in this bucket. */
  root: string
  /** `s3://bucket/prefix/runs/<run>-<8 of the first run id>`: everything of this run. */
  run: string
  /** The pipeline workflow's id. */
  runId: string
  firstRunId: string
  /** The run's own region, where this is another one: that of an attempt whose placement names it. */
  home?: string
}

/** `s3://` prefix of a run's checkpoints; null when the pipeline keeps none. No two runs share one. */
export function checkpointsOf(options: {
  site: RunSite
  pipeline: { train: { checkpointS3Uri?: string | null } }
}): string | null {
  const { site, pipeline } = options
  const configured = pipeline.train.checkpointS3Uri
  if (configured === null) return null
  if (configured === undefined) return `${site.run}/checkpoints`
  return `${configured.replace(/\/+$/, '')}/${site.runId}-${site.firstRunId.slice(0, 8)}`
}

/** The workflow id of a run's training. A trial has none: it trains by itself. */
export function trainingIdOf(runId: string): string {
  return `${runId}/training`
}
