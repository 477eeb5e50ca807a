/** The generated image table, read once; see refresh-images.py for where it comes from. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../package-root'

export type Framework = 'pytorch' | 'tensorflow'
export type Accelerator = 'gpu' | 'cpu'
/** `compiler`: training images with the SageMaker Training Compiler. */
export type ImageScope = 'training' | 'inference' | 'compiler'

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
  containers: Partial<Record<Accelerator, string>>
  repository: string
  /** Index into `registries`. */
  registry: number
}

export interface ImageTable {
  generatedFrom: { package: string; file: string; licence: string }
  /** Short to full versions of transformers. */
  aliases: Record<ImageScope, Record<string, string>>
  debugger: { repository: string; registry: Record<string, string> }
  detailedProfiler: { repository: string; registry: Record<string, string> }
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
