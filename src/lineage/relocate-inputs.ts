import { HoldfastError } from '../errors'
import type { InputUris } from './lineage'

/**
 * The same inputs where they lie now: below another prefix than the one they were recorded under, as
 * after a copy of the whole bucket. Hashes stay, so whatever lies there must be the same bytes.
 *
 * @param options.from prefix that was recorded: `s3://b/holdfast`
 * @throws HoldfastError `E_NOT_REPRODUCIBLE` when nothing was recorded under that prefix
 * @example
 * relocateInputs({ inputs, from: 's3://old/holdfast', to: 's3://new/copy' })
 */
export function relocateInputs(options: {
  inputs: InputUris
  from: string
  to: string
}): InputUris {
  const { inputs } = options
  const [from, to] = [options.from, options.to].map((uri) => `${uri.replace(/\/+$/, '')}/`)
  let moved = 0
  const text = JSON.stringify(inputs, (_key, value: unknown) => {
    if (typeof value !== 'string' || !value.startsWith(from ?? '')) return value
    moved += 1
    return `${to}${value.slice(from?.length)}`
  })
  if (moved === 0) {
    throw new HoldfastError({
      code: 'E_NOT_REPRODUCIBLE',
      what: `nothing of what the model was made from was recorded under ${options.from}`,
      where: '--inputs',
      hint: 'leave --inputs out: what it was made from lies where its record says',
    })
  }
  return JSON.parse(text) as InputUris
}
