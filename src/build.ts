/** Last step of `npm run build`: the workflow bundle, and the JSON Schemas that editors use. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker'

import { jsonSchemas } from './config/json-schema'
import { packageRoot } from './package-root'

async function build(): Promise<void> {
  const dist = join(packageRoot(), 'dist')
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(dist, 'workflows', 'index.js'),
    logger: new DefaultLogger('WARN'),
  })
  writeFileSync(join(dist, 'workflow-bundle.js'), code)
  for (const [file, schema] of Object.entries(jsonSchemas)) {
    writeFileSync(join(dist, file), `${JSON.stringify(schema(), null, 2)}\n`)
  }
}

void build()
