/** The generated image table, read once; see refresh-images.py for where it comes from. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../package-root'

export type Framework = 'pytorch' | 'tensorflow'
export type Accelerator = 'gpu' | 'cpu'
/** What serves models on AWS Inferentia: `neuron` on its first generation, `neuronx` on its second. */
export type InferenceTool = 'neuron' | 'neuronx'
/** `compiler`: training images with the SageMaker Training Compiler. */
export type ImageScope = 'training' | 'inference' | 'compiler' | InferenceTool

export interface ImageRow {
  scope: ImageScope
  /** Full version of transformers. */
  transformers: string
  framework: Framework
  /** Full version of the framework. */
  version: string
  /** Short versions of the framework that stand for `version` beside this transformers version. */
  aliases: string[]
  py: string
  containers: Partial<Record<Accelerator | InferenceTool, string>>
  repository: string
  /** Index into `registries`. */
  registry: number
}

/** An image that serves language models or embeddings, whichever model it is told to fetch. */
export interface ServerImageRow {
  framework: ServerFramework
  /** Full version of the server. */
  version: string
  aliases: string[]
  py: string
  accelerator: Accelerator
  container: string
  /** Versions of the framework and of the server, as the tag has them. */
  tag: string
  repository: string
  /** Index into `registries`. */
  registry: number
}

/** Text Generation Inference, and Text Embeddings Inference on GPUs and CPUs. */
export const serverFrameworks = [
  'huggingface-llm',
  'huggingface-tei',
  'huggingface-tei-cpu',
] as const
export type ServerFramework = (typeof serverFrameworks)[number]

export interface ImageTable {
  generatedFrom: { package: string; file: string; licence: string }
  /** Short to full versions of transformers. */
  aliases: Record<ImageScope, Record<string, string>>
  debugger: { repository: string; registry: Record<string, string> }
  detailedProfiler: { repository: string; registry: Record<string, string> }
  servers: ServerImageRow[]
  /** Region to account. */
  registries: Record<string, string>[]
  images: ImageRow[]
}

let table: ImageTable | undefined

export function imageTable(): ImageTable {
  table ??= JSON.parse(
    readFileSync(join(packageRoot(), 'src/estimator/images.json'), 'utf8'),
  ) as ImageTable
  return table
}
