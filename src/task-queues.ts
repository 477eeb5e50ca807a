/** Workflows, and activities that only call a service. */
export const controlTaskQueue = 'holdfast'
/** Activities that work on bytes: they would starve the others, so they have a process of their own. */
export const heavyTaskQueue = 'holdfast-heavy'
