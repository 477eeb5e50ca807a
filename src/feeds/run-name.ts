/**
 * What a run is called in other systems: the same for each of its attempts, another for each run,
 * also where ids come again.
 *
 * @example
 * feedRunName('s3://b/holdfast/runs/reviews-7f3k2m-0a1b2c3d') // 'reviews-7f3k2m-0a1b2c3d'
 * feedRunName('s3://b/holdfast/sweeps/lr-0a1b2c3d/trials/0007') // 'lr-0a1b2c3d-trials-0007'
 */
export function feedRunName(runPrefix: string): string {
  const path = runPrefix.replace(/\/+$/, '').replace(/^.*\/(?:runs|sweeps)\//, '')
  // W&B allows 128 characters and none of /\#?%:.
  return path.replace(/[/\\#?%:]+/g, '-').slice(-128)
}
