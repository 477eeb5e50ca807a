import type { PlannedPlacement } from '../plan/plan-pipeline'

/** `2 × ml.p3.16xlarge + 1 × ml.c5.xlarge spot` */
export function formatPlacement({ instances, useSpotInstances, region }: PlannedPlacement): string {
  const cluster = instances.map(({ instanceType, count }) => `${count} × ${instanceType}`)
  const place = region === undefined ? '' : ` in ${region}`
  return `${cluster.join(' + ')} ${useSpotInstances ? 'spot' : 'on-demand'}${place}`
}
