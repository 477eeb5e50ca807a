/** Planning: what a run would do, without doing it. */

export { formatPlan } from './format-plan'
export { imagesFor } from './images-for'
export { estimatorFor, pipelineInputs, plainEstimator } from './pipeline-estimator'
export { planPipeline } from './plan-pipeline'
export type { Plan, PlannedRequest } from './plan-pipeline'
