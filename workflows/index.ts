export { pipeline, type PipelineInput, type PipelineResult } from './pipeline'
export { training, type TrainingInput, type TrainingResult } from './training'
export { jobStateChanged } from './wait-for-job'
