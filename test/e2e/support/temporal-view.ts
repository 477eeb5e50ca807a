import { Client, Connection } from '@temporalio/client'

/** What Temporal itself says, asked with its plain client. */
export interface TemporalView {
  temporal: Client
  /** Ids of the executions that a visibility query finds. */
  list(query: string): Promise<string[]>
  /** Ids of the executions under way whose id begins with one of these, children included. */
  running(...prefixes: string[]): Promise<string[]>
  close(): Promise<void>
}

export async function temporalView(env: Record<string, string>): Promise<TemporalView> {
  const connection = await Connection.connect({ address: env['TEMPORAL_ADDRESS'] ?? '' })
  const temporal = new Client({ connection })
  const list = async (query: string) => {
    const ids: string[] = []
    for await (const { workflowId } of temporal.workflow.list({ query })) ids.push(workflowId)
    return ids.sort()
  }
  return {
    temporal,
    list,
    running: async (...prefixes) => {
      const found = prefixes.map((prefix) =>
        list(`WorkflowId STARTS_WITH '${prefix}' AND ExecutionStatus = 'Running'`),
      )
      return (await Promise.all(found)).flat()
    },
    close: () => connection.close(),
  }
}
