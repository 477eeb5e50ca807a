/** What needs the registry and the bucket only: no Temporal is loaded, and none is asked. */

export { listChampions } from './list-champions'
export { modelSession } from './model-session'
export { rollbackModel, type Rollback, type RollbackOptions } from './rollback-model'
export { showModel, type ShownModel } from './show-model'
