import { joinUri } from '../src/aws/s3-uri'
import { createStorage } from '../src/aws/storage'
import type { MlflowClient, MlflowRun } from '../src/feeds/mlflow-client'
import { storageOf, type Dependencies } from './dependencies'

/** Sends files to a run of MLflow, as its artifacts; those that are not there are left out. */
export async function sendFiles(
  deps: Dependencies,
  options: {
    mlflow: MlflowClient
    run: MlflowRun
    /** `s3://` of each, by its name there. */
    files: Record<string, string>
    signal?: AbortSignal
  },
): Promise<void> {
  const { mlflow, run, files, signal } = options
  const storage = await storageOf(deps, signal)
  // A server that hands no artifacts on says where they lie in S3.
  const send = run.artifactUri.startsWith('s3://')
    ? (name: string, bytes: Uint8Array) =>
        createStorage({ s3: deps.s3, signal }).write(joinUri(run.artifactUri, name), bytes)
    : (name: string, bytes: Uint8Array) => mlflow.uploadArtifact(run, name, bytes)
  for (const [name, uri] of Object.entries(files)) {
    const bytes = await storage.readIfThere(uri)
    if (bytes !== null) await send(name, bytes)
  }
}
