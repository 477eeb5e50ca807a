import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { packageRoot } from '../../src/package-root'
import { writeQuickPipeline } from '../e2e/support/quick-pipeline'

/** A small pipeline of the chaos suite; what is in it decides how it must end. */
export interface ChaosPipeline {
  /** `<kind>-<four digits>`: also the published model's name, and how workers find their orders. */
  name: string
  steps?: number
  stepSeconds?: number
  /** The script raises, with words in its command line that a careless reader takes for the service's. */
  scriptFails?: boolean
  /** The gate lets nothing through. */
  rejected?: boolean
  /** Its dataset is uploaded in parts: over 16 MiB. */
  large?: boolean
  /** Root of the tree whose checkpoint helper goes into the code. */
  tree?: string
}

const placements = [
  { instanceType: 'ml.g5.xlarge', useSpotInstances: true },
  { instanceType: 'ml.g5.2xlarge', useSpotInstances: true },
  { instanceType: 'ml.g5.xlarge', useSpotInstances: false },
]

/** Writes it into a folder of its own; returns the path of its pipeline.yaml. */
export function writeChaosPipeline(options: { folder: string; pipeline: ChaosPipeline }): string {
  const { folder, pipeline } = options
  const { name, steps = 20, stepSeconds = 0.1, tree = packageRoot() } = pipeline
  const train = { dependencies: [join(tree, 'training', 'holdfast_checkpoint.py')] }
  const file = writeQuickPipeline({
    folder,
    pipeline: {
      name,
      steps,
      stepSeconds,
      saveSteps: 5,
      placements,
      ...(pipeline.rejected ? { accuracy: 0.5 } : {}),
      train: {
        ...train,
        ...(pipeline.scriptFails ? failing : {}),
      },
    },
  })
  if (pipeline.scriptFails) writeFileSync(join(folder, 'code', 'fail.py'), failingScript)
  // Data of its own, so that no pipeline finds its dataset made by another.
  writeFileSync(join(folder, 'reviews.csv'), dataOf({ name, large: pipeline.large ?? false }))
  return file
}

/** Its command line is quoted in the FailureReason, and the hyperparameter with it. */
const failing = { entryPoint: 'fail.py', hyperparameters: { note: 'again after CapacityError' } }

const failingScript = `import time
time.sleep(1)
raise RuntimeError("the loss cannot be computed")
`

function dataOf({ name, large }: { name: string; large: boolean }): string {
  // 1,200 rows of 20 kB, four fifths of them for training, are 19 MB in one shard: two parts. One long
  // word, which a tokenizer does not take apart.
  const [rows, padding] = large ? [1_200, ` ${'x'.repeat(20_000)}`] : [40, '']
  const lines = Array.from({ length: rows }, (_, row) => {
    const verdict = row % 2 === 0 ? 'a good film' : 'the plot was dull'
    return `review ${row} for ${name} - ${verdict}${padding},${row % 2 === 0 ? 1 : 0}`
  })
  return ['text,label', ...lines, ''].join('\n')
}
