import { mkdir, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'

import { temporal } from '@temporalio/proto'
import type { TestWorkflowEnvironment } from '@temporalio/testing'

import { packageRoot } from '../../src/package-root'

const { History } = temporal.api.history.v1

/** Replay needs the id too: children are named after it. */
export interface StoredHistory {
  workflowId: string
  history: temporal.api.history.v1.IHistory
}

/**
 * JSON in protobufjs's own form. The SDK's `historyToJSON` fails where npm installs protobufjs
 * more than once ("type must be a Type"), as it does here.
 */
export function historyToText({ workflowId, history }: StoredHistory): string {
  const plain = History.toObject(History.fromObject(history), {
    longs: String,
    enums: String,
    bytes: String,
  })
  // Stack traces and identities name the machine that recorded them.
  const text = JSON.stringify({ workflowId, history: plain })
  return `${text.replaceAll(packageRoot(), '.').replaceAll(hostname(), 'host')}\n`
}

export function historyFromText(text: string): StoredHistory {
  const { workflowId, history } = JSON.parse(text) as { workflowId: string; history: object }
  return { workflowId, history: History.fromObject(history) }
}

/**
 * With `HOLDFAST_RECORD_HISTORIES=test/histories/<version>` the histories of a run and its training
 * are kept, for later releases to replay. Done once per release.
 */
export async function recordHistories(options: {
  env: TestWorkflowEnvironment
  workflowId: string
}): Promise<void> {
  const { env, workflowId } = options
  const folder = process.env['HOLDFAST_RECORD_HISTORIES']
  if (folder === undefined) return
  const name = (expect.getState().currentTestName ?? workflowId)
    .replace(/[^a-z]+/gi, '-')
    .slice(22, 90)
  await mkdir(folder, { recursive: true })
  for (const [workflow, id] of [
    ['pipeline', workflowId],
    ['training', `${workflowId}/training`],
  ] as const) {
    const handle = env.client.workflow.getHandle(id)
    // A run that ends before its training has none.
    const history = await handle.fetchHistory().catch(() => null)
    if (history === null) continue
    await writeFile(
      join(folder, `${workflow}-${name}.json`),
      historyToText({ workflowId: id, history }),
    )
  }
}
