import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ModelSource } from '../config/resolved-pipeline'
import { HoldfastError } from '../errors'
import { hubTokenizerFiles } from './hub-tokenizer-files'
import { undefinedIfMissing } from './undefined-if-missing'

/** Where the files of a model's tokenizer come from; a caller supplies its own for S3. */
export interface TokenizerFiles {
  /** The directory, prefix or Hub id, for messages. */
  where: string
  /** The bytes of a file, or undefined when there is no such file. */
  read(name: string): Promise<Uint8Array | undefined>
}

/**
 * The tokenizer's files of a local directory or of a Hub model.
 *
 * @example
 * const tokenizer = await loadTokenizer({ files: tokenizerFiles({ model: pipeline.model }) })
 */
export function tokenizerFiles(options: {
  model: ModelSource
  env?: Record<string, string | undefined>
}): TokenizerFiles {
  const { model, env = process.env } = options
  if (model.kind === 'hub') return hubTokenizerFiles({ ...model, env })
  if (model.path.startsWith('s3://')) {
    throw new HoldfastError({
      code: 'E_TOKENIZER',
      what: 'the tokenizer of a model in S3 must be read by the caller',
      where: model.path,
    })
  }
  return {
    where: model.path,
    read: (name) => readFile(join(model.path, name)).catch(undefinedIfMissing),
  }
}
