/** Planning: what a run would do, without doing it. */

export { compareInstances } from './compare-instances'
export type { Comparison, InstanceOption } from './compare-instances'
export { imagesFor } from './images-for'
export { estimatorFor, pipelineInputs, plainEstimator } from './pipeline-estimator'
export { planPipeline } from './plan-pipeline'
export type { Plan } from './plan-pipeline'
