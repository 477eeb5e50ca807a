import type { AwsView } from './aws-view'

/** The steps of the checkpoints of a job that lie in S3 with every file that their manifests name. */
export async function wholeCheckpoints({
  aws,
  job,
}: {
  aws: AwsView
  job: string
}): Promise<number[]> {
  const uri = (await aws.trainingJob(job)).CheckpointConfig?.S3Uri ?? ''
  const there = (await aws.objects()).filter((each) => each.startsWith(`${uri}/`))
  const manifests = there.filter((each) => each.endsWith('/holdfast-manifest.json'))
  const steps = await Promise.all(
    manifests.map(async (manifest) => {
      const folder = manifest.replace(/\/[^/]*$/, '')
      const { step, files } = JSON.parse(String(await aws.object(manifest))) as Manifest
      const sizes = await Promise.all(
        Object.keys(files).map(async (name) => (await aws.object(`${folder}/${name}`))?.length),
      )
      const isWhole = Object.values(files).every(({ size }, index) => sizes[index] === size)
      return isWhole ? [step] : []
    }),
  )
  return steps.flat()
}

interface Manifest {
  step: number
  files: Record<string, { size: number }>
}

/** The last step that the script of a job is known in S3 to have made. */
export async function stepInS3({ aws, job }: { aws: AwsView; job: string }): Promise<number> {
  const uri = (await aws.trainingJob(job)).CheckpointConfig?.S3Uri ?? ''
  const progress = await aws.object(`${uri}/holdfast-progress.json`)
  return progress ? (JSON.parse(String(progress)) as { step: number }).step : 0
}
