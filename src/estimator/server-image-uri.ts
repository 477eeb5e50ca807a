/** Names of the containers that serve language models and embeddings. */

import { HoldfastError } from '../errors'
import { imageTable } from './image-table'
import type { ServerFramework, ServerImageRow } from './image-table'
import { accountOf } from './image-uri'
import { accelerator, dnsSuffix } from './instance-types'

/**
 * @throws HoldfastError `E_NO_IMAGE`
 * @example
 * serverImageUri({ framework: 'huggingface-llm', version: '2.0.2', region: 'us-east-1' })
 * // '763104351884.dkr.ecr.us-east-1.amazonaws.com/huggingface-pytorch-tgi-inference:2.3.0-tgi2.0.2-gpu-py310-cu121-ubuntu22.04'
 */
export function serverImageUri(query: {
  framework: ServerFramework
  /** Of the server; full or short. */
  version: string
  region: string
  /** May be left out: each image runs on one kind of processor. */
  instanceType?: string | undefined
  pyVersion?: string | undefined
}): string {
  const row = rowOf(query)
  if (query.instanceType !== undefined && accelerator(query.instanceType) !== row.accelerator) {
    throw noImage(
      `the image of ${row.framework} ${row.version} does not run on ${query.instanceType}`,
      'instanceType',
      `choose an instance type with a ${row.accelerator.toUpperCase()}`,
    )
  }
  const tag = [row.tag, row.accelerator, row.py, row.container].join('-')
  const { region } = query
  return `${accountOf(row, region)}.dkr.ecr.${region}.${dnsSuffix(region)}/${row.repository}:${tag}`
}

function rowOf(query: {
  framework: ServerFramework
  version: string
  pyVersion?: string | undefined
}): ServerImageRow {
  const { framework, version, pyVersion } = query
  const rows = imageTable().servers.filter((row) => row.framework === framework)
  // A full version goes before a short one that is written like it.
  const found =
    rows.find((row) => row.version === version) ?? rows.find((row) => row.aliases.includes(version))
  if (!found) {
    const known = rows.map((row) => row.version).join(', ')
    throw noImage(`there is no image of ${framework} ${version}`, 'version', `versions: ${known}`)
  }
  if (pyVersion !== undefined && pyVersion !== found.py) {
    const what = `the image of ${framework} ${found.version} has no ${pyVersion}`
    throw noImage(what, 'pyVersion', `set pyVersion to ${found.py}`)
  }
  return found
}

function noImage(what: string, where: string, hint: string): HoldfastError {
  return new HoldfastError({ code: 'E_NO_IMAGE', what, where, hint })
}
