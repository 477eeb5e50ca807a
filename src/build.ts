/** Last step of `npm run build`: the workflow bundle, and the JSON Schema that editors use. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker'

import { pipelineJsonSchema } from './config/json-schema'
import { packageRoot } from './package-root'

async function build(): Promise<void> {
  const dist = join(packageRoot(), 'dist')
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(dist, 'workflows', 'index.js'),
    logger: new DefaultLogger('WARN'),
  })
  writeFileSync(join(dist, 'workflow-bundle.js'), code)
  writeFileSync(
    join(dist, 'pipeline.schema.json'),
    `${JSON.stringify(pipelineJsonSchema(), null, 2)}\n`,
  )
}

void build()
