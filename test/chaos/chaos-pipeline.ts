import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { stringify } from 'yaml'

import { packageRoot } from '../../src/package-root'
import { quickConfig, writeQuickPipeline } from '../e2e/support/quick-pipeline'
import { canaryReference } from './canary'

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
  /** It trains a Transformer with `training/train.py` and torch; the folder of its model. */
  torch?: string
}

const placements = [
  { instanceType: 'ml.g5.xlarge', useSpotInstances: true },
  { instanceType: 'ml.g5.2xlarge', useSpotInstances: true },
  { instanceType: 'ml.g5.xlarge', useSpotInstances: false },
]

/** Its secret, by reference: the worker has it, and nobody else may write it down. */
const secret = { HOLDFAST_CANARY: canaryReference }

/** Writes it into a folder of its own; returns the path of its pipeline.yaml. */
export function writeChaosPipeline(options: { folder: string; pipeline: ChaosPipeline }): string {
  const { folder, pipeline } = options
  if (pipeline.torch !== undefined)
    return writeTorchPipeline({ folder, name: pipeline.name, model: pipeline.torch })
  const { name, steps = 20, stepSeconds = 0.1, tree = packageRoot() } = pipeline
  const train = {
    dependencies: [join(tree, 'training', 'holdfast_checkpoint.py')],
    environment: secret,
  }
  const file = writeQuickPipeline({
    folder,
    pipeline: {
      name,
      steps,
      stepSeconds,
      saveSteps: 5,
      // Short enough that old checkpoints are deleted while the training lasts.
      syncMargin: 1,
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

/**
 * Holdfast's own training and evaluation, with a Trainer. All such pipelines have the same data, model
 * and seed, so that all must come to the same weights.
 */
function writeTorchPipeline(options: { folder: string; name: string; model: string }): string {
  const { folder, name, model } = options
  mkdirSync(folder, { recursive: true })
  cpSync(model, join(folder, 'model'), { recursive: true })
  writeFileSync(join(folder, 'reviews.csv'), dataOf({ name: 'torch', large: false, rows: 400 }))
  const { dataset, publish } = quickConfig({ name })
  const file = join(folder, 'pipeline.yaml')
  writeFileSync(
    file,
    stringify({
      name,
      dataset,
      publish,
      model: './model',
      preprocess: { maxLength: 16 },
      train: {
        entryPoint: 'train.py',
        sourceDir: join(packageRoot(), 'training'),
        transformersVersion: '4.56',
        pytorchVersion: '2.8',
        pyVersion: 'py312',
        placements,
        maxRun: '10m',
        maxWait: '20m',
        hyperparameters: { epochs: 1, train_batch_size: 4, save_steps: 16, learning_rate: 0.001 },
        environment: { ...secret, OMP_NUM_THREADS: '1' },
      },
      // A model that begins with random weights promises nothing.
      evaluate: { metric: 'eval_accuracy', atLeast: 0, maxRun: '10m' },
    }),
  )
  return file
}

function dataOf(options: { name: string; large: boolean; rows?: number }): string {
  const { name, large } = options
  // 1,200 rows of 20 kB, four fifths of them for training, are 19 MB in one shard: two parts. One long
  // word, which a tokenizer does not take apart.
  const [most, padding] = large ? [1_200, ` ${'x'.repeat(20_000)}`] : [40, '']
  const lines = Array.from({ length: options.rows ?? most }, (_, row) => {
    const verdict = row % 2 === 0 ? 'a good film' : 'the plot was dull'
    return `review ${row} for ${name} - ${verdict}${padding},${row % 2 === 0 ? 1 : 0}`
  })
  return ['text,label', ...lines, ''].join('\n')
}
