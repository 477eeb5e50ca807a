/** `feeds` of a pipeline; plain JSON, secrets as references only. */
export interface ResolvedFeeds {
  mlflow?: MlflowFeed
  wandb?: { project?: string; entity?: string; apiKey?: string }
  trackio?: { project?: string; spaceId?: string }
}

export interface MlflowFeed {
  /** URL, or `env:NAME` of the worker. */
  trackingUri: string
  experiment?: string
  /** `env:NAME`, as is `password`. */
  token?: string
  username?: string
  password?: string
}
