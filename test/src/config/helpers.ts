import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { loadPipeline } from '../../../src/config/load-pipeline'
import { ConfigError } from '../../../src/config/fault'
import type { ConfigFault } from '../../../src/config/fault'

/** A folder with the files that the demo's config names, removed by `remove`. */
export function makeProject() {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-config-'))
  const write = (name: string, text = '') => {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    return path
  }
  write('data/reviews.csv', 'text,label\n')
  write('models/minilm/config.json', '{}')
  write('models/minilm/tokenizer.json', '{}')
  write('training/train.py')
  return { folder, write, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** The config of the demo. */
export const demo = `name: reviews
dataset: { path: ./data/reviews.csv, textColumn: text, labelColumn: label, split: { test: 0.1, seed: 7 }, maxTrainSamples: 1500, maxEvalSamples: 1000 }
model: ./models/minilm
preprocess: { task: text-classification, maxLength: 48, padding: none }
train:
  entryPoint: train.py
  sourceDir: ./training
  transformersVersion: "4.56"
  pytorchVersion: "2.8"
  pyVersion: py312
  instanceType: ml.g5.xlarge
  useSpotInstances: true
  maxRun: 1h
  maxWait: 2h
  hyperparameters: { epochs: 1, train_batch_size: 32, learning_rate: 1.0e-4 }
evaluate: { metric: eval_accuracy, atLeast: 0.75 }
publish: { model: reviews }
`

/** The faults of a file; none when it loads. */
export async function faultsOf(
  path: string,
  env: Record<string, string> = {},
): Promise<ConfigFault[]> {
  try {
    await loadPipeline({ path, env })
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
}
