/** What our own workflow does outside: here a line on the worker's output, with you a message. */

export interface News {
  pipeline: string
  outcome: string
  /** Null when nothing was published. */
  version: number | null
}

export async function tell({ pipeline, outcome, version }: News): Promise<void> {
  console.log(`${pipeline} ${outcome}: ${version ? `version ${version}` : 'nothing published'}`)
}
