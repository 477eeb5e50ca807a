import { createHash } from 'node:crypto'
import { Tokenizer } from 'tokenizers'
import { HoldfastError, messageOf } from '../errors'
import type { TokenizerFiles } from './tokenizer-files'

export interface LoadedTokenizer {
  tokenizer: Tokenizer
  /** Hex sha256 of tokenizer.json. */
  sha256: string
  /** What transformers would take from tokenizer_config.json. */
  settings: TokenizerSettings
}

export interface TokenizerSettings {
  /** Absent: the model has none, and `padding: max_length` is refused. */
  padToken: string | null
  padId: number | null
  paddingSide: 'left' | 'right'
  truncationSide: 'left' | 'right'
}

/**
 * Loads a fast tokenizer. Its own truncation and padding are not used: the pipeline's are.
 *
 * @example
 * const { tokenizer, sha256 } = await loadTokenizer({ files: tokenizerFiles({ model }) })
 */
export async function loadTokenizer(options: { files: TokenizerFiles }): Promise<LoadedTokenizer> {
  const { files } = options
  const bytes = await files.read('tokenizer.json')
  if (!bytes) throw await missingTokenizer(files)
  const json = Buffer.from(bytes).toString('utf8')
  let tokenizer: Tokenizer
  try {
    tokenizer = Tokenizer.fromString(json)
  } catch (cause) {
    throw new HoldfastError({
      code: 'E_TOKENIZER',
      what: `tokenizer.json cannot be loaded: ${messageOf(cause)}`,
      where: files.where,
      hint: 'is it whole, and not a Git LFS pointer?',
      cause,
    })
  }
  const [config, special] = await Promise.all([
    readJson(files, 'tokenizer_config.json'),
    readJson(files, 'special_tokens_map.json'),
  ])
  const own = isRecord(JSON.parse(json)) ? (JSON.parse(json) as Record<string, unknown>) : {}
  const ownPadding = isRecord(own.padding) ? own.padding : {}
  const padToken =
    contentOf(config.pad_token) ?? contentOf(special.pad_token) ?? contentOf(ownPadding.pad_token)
  return {
    tokenizer,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    settings: {
      padToken: padToken ?? null,
      padId: padToken === undefined ? null : tokenizer.tokenToId(padToken),
      paddingSide: config.padding_side === 'left' ? 'left' : 'right',
      truncationSide: config.truncation_side === 'left' ? 'left' : 'right',
    },
  }
}

async function missingTokenizer(files: TokenizerFiles): Promise<HoldfastError> {
  const slow = [
    'vocab.txt',
    'vocab.json',
    'spiece.model',
    'sentencepiece.bpe.model',
    'tokenizer.model',
  ]
  const present: string[] = []
  for (const name of slow) if (await files.read(name)) present.push(name)
  return new HoldfastError({
    code: 'E_TOKENIZER',
    what:
      present.length > 0
        ? `the model has ${present.join(', ')} but no tokenizer.json`
        : 'the model has no tokenizer.json',
    where: files.where,
    hint:
      present.length > 0
        ? "write it once in Python: AutoTokenizer.from_pretrained('MODEL').save_pretrained('MODEL')"
        : 'is `model` a directory made by save_pretrained, or the id of a model with a fast tokenizer?',
  })
}

async function readJson(files: TokenizerFiles, name: string): Promise<Record<string, unknown>> {
  const bytes = await files.read(name)
  if (!bytes) return {}
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'))
    return isRecord(value) ? value : {}
  } catch (cause) {
    throw new HoldfastError({
      code: 'E_TOKENIZER',
      what: `${name} is not JSON`,
      where: files.where,
      hint: 'is it whole, and not a Git LFS pointer?',
      cause,
    })
  }
}

/** A token is a string, or an object with its content. */
function contentOf(token: unknown): string | undefined {
  if (typeof token === 'string') return token
  return isRecord(token) && typeof token.content === 'string' ? token.content : undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
