import type { TrainingInputs } from './channels'
import type { HuggingFaceEstimator } from './hugging-face-estimator'

/** What the service would refuse, or the user would regret, with the way to mend it. */
export interface EstimatorFault {
  code: string
  /** Key of the estimator. */
  field: string
  what: string
  hint: string
}

/** What is judged: everything that one training job is made of. */
export interface JudgedEstimator {
  estimator: HuggingFaceEstimator
  jobName: string
  region: string
  /** Channels; absent: there are none to judge. */
  inputs?: TrainingInputs | undefined
}
