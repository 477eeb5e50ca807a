import type { PlannedPlacement } from '../plan/plan-pipeline'

/** `2 × ml.p3.16xlarge + 1 × ml.c5.xlarge spot` */
export function formatPlacement({ instances, useSpotInstances }: PlannedPlacement): string {
  const cluster = instances.map(({ instanceType, count }) => `${count} × ${instanceType}`)
  return `${cluster.join(' + ')} ${useSpotInstances ? 'spot' : 'on-demand'}`
}
