import { mkdir, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'

import { temporal } from '@temporalio/proto'
import type { TestWorkflowEnvironment } from '@temporalio/testing'

import { packageRoot } from '../../src/package-root'

const { History } = temporal.api.history.v1

/** Characters. */
const largest = 180_000

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
 * With `HOLDFAST_RECORD_HISTORIES=test/histories/<version>` the histories of a test's workflows are
 * kept, as `<kind>-<case>.json`, for later releases to replay. Done once per release; what is larger
 * than `largest` tells no more than a smaller one.
 */
export async function recordHistories(options: {
  env: TestWorkflowEnvironment
  /** Kind to workflow id. */
  workflows: Record<string, string>
}): Promise<void> {
  const { env, workflows } = options
  const folder = process.env['HOLDFAST_RECORD_HISTORIES']
  if (folder === undefined) return
  const name = (expect.getState().currentTestName ?? '')
    .replace(/^the \w+ workflow /, '')
    .replace(/[^a-z]+/gi, '-')
    .slice(0, 70)
  await mkdir(folder, { recursive: true })
  for (const [kind, workflowId] of Object.entries(workflows)) {
    const handle = env.client.workflow.getHandle(workflowId)
    // A run that ends before its training has none.
    const history = await handle.fetchHistory().catch(() => null)
    if (history === null) continue
    const text = historyToText({ workflowId, history })
    if (text.length <= largest) await writeFile(join(folder, `${kind}-${name}.json`), text)
  }
}
