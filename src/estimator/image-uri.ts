/** Names of the Hugging Face containers: looked up by full version, spelt as the user typed them. */

import { HoldfastError } from '../errors'
import { imageTable } from './image-table'
import type { Accelerator, Framework, ImageRow, ImageScope, InferenceTool } from './image-table'
import { accelerator, dnsSuffix, inferenceTool } from './instance-types'
import { compareVersions, nearestVersions } from './versions'

export interface ImageQuery {
  /** Full (`4.56.2`) or short (`4.56`), as in the SDK; both versions in the same form. */
  transformersVersion?: string | undefined
  pytorchVersion?: string | undefined
  tensorflowVersion?: string | undefined
  /** May be left out: each pair of versions has one. */
  pyVersion?: string | undefined
  region: string
}

/** A pair of versions that has an image, in full. */
export interface VersionPair {
  transformersVersion: string
  framework: Framework
  frameworkVersion: string
  pyVersion: string
}

/**
 * @example
 * trainingImageUri({
 *   transformersVersion: '4.6', pytorchVersion: '1.7', pyVersion: 'py36',
 *   region: 'us-east-1', instanceType: 'ml.p3.2xlarge',
 * }) // '763104351884.dkr.ecr.us-east-1.amazonaws.com/huggingface-pytorch-training:1.7-transformers4.6-gpu-py36-cu110-ubuntu18.04'
 */
export function trainingImageUri(
  query: ImageQuery & { instanceType?: string | undefined; compiler?: boolean },
): string {
  const scope = query.compiler ? 'compiler' : 'training'
  // There are no training images for CPUs, so that nothing is to be chosen without a type.
  const wanted = query.instanceType === undefined ? 'gpu' : accelerator(query.instanceType)
  return uriOf({ query, scope, accelerator: wanted })
}

/**
 * As `trainingImageUri`; without an instance type the image for CPUs, which runs everywhere. AWS
 * Inferentia has images of its own, for few versions.
 */
export function inferenceImageUri(
  query: ImageQuery & {
    instanceType?: string | undefined
    inferenceTool?: InferenceTool | undefined
  },
): string {
  const tool = query.inferenceTool ?? inferenceTool(query.instanceType)
  if (tool) return uriOf({ query, scope: tool, accelerator: tool })
  const wanted = query.instanceType === undefined ? 'cpu' : accelerator(query.instanceType)
  return uriOf({ query, scope: 'inference', accelerator: wanted })
}

/**
 * The inference image's versions for a training pair. Recent training images mostly have none with
 * the same versions; then `pair` is undefined and `nearest` holds the closest, best first.
 */
export function inferenceImageFor(training: Omit<ImageQuery, 'region'> & { compiler?: boolean }): {
  pair: VersionPair | undefined
  nearest: VersionPair[]
} {
  const row = findRow({ query: training, scope: training.compiler ? 'compiler' : 'training' })
  const candidates = imageTable().images.filter(
    (other) => other.scope === 'inference' && other.framework === row.framework,
  )
  const same = candidates.find(
    (other) => other.transformers === row.transformers && other.version === row.version,
  )
  return { pair: same && pairOf(same), nearest: nearestRows(candidates, row).map(pairOf) }
}

/** The registry account that holds a row's image in a region. */
export function accountOf(row: { registry: number }, region: string): string {
  const registry = imageTable().registries[row.registry] ?? {}
  const account = registry[region]
  if (account) return account
  throw new HoldfastError({
    code: 'E_NO_IMAGE',
    what: `there is no Hugging Face image in the region ${region}`,
    where: 'region',
    hint: `regions with this image: ${Object.keys(registry).sort().join(', ')}; or set imageUri`,
  })
}

function uriOf(options: {
  query: ImageQuery
  scope: ImageScope
  accelerator: Accelerator | InferenceTool | undefined
}): string {
  const { query, scope } = options
  const row = findRow({ query, scope })
  const container = options.accelerator && row.containers[options.accelerator]
  if (options.accelerator === undefined || container === undefined) {
    throw new HoldfastError({
      code: 'E_NO_IMAGE',
      what: `the ${scope} image ${describe(row)} does not run on this instance type`,
      where: 'instanceType',
      hint: `choose an instance type with ${containersOf(row)}, or set imageUri`,
    })
  }
  // Images of AWS Neuron are tagged in full, whatever was typed.
  const full = scope === 'neuron' || scope === 'neuronx'
  const typed = full ? undefined : (query.pytorchVersion ?? query.tensorflowVersion)
  const transformers = full ? undefined : query.transformersVersion
  const tag = [
    typed ?? row.version,
    `transformers${transformers ?? row.transformers}`,
    options.accelerator,
    query.pyVersion ?? row.py,
    container,
  ].join('-')
  const host = `${accountOf(row, query.region)}.dkr.ecr.${query.region}.${dnsSuffix(query.region)}`
  return `${host}/${row.repository}:${tag}`
}

function containersOf(row: ImageRow): string {
  const gpu = 'a GPU (ml.g5.xlarge, ml.p4d.24xlarge, ...)'
  return row.containers.cpu === undefined ? gpu : `${gpu}, or an x86 CPU (ml.m5.xlarge, ...)`
}

function findRow(options: { query: Omit<ImageQuery, 'region'>; scope: ImageScope }): ImageRow {
  const { query, scope } = options
  const { framework, version } = frameworkOf(query)
  const typed = query.transformersVersion ?? ''
  const full = imageTable().aliases[scope][typed] ?? typed
  const rows = imageTable().images.filter((row) => row.scope === scope)
  const found = rows.find(
    (row) =>
      row.transformers === full &&
      row.framework === framework &&
      (row.version === version || row.aliases.includes(version)),
  )
  const nearest = nearestRows(
    rows.filter((row) => row.framework === framework),
    { transformers: full, version },
  )
  if (!found) {
    throw new HoldfastError({
      code: 'E_NO_IMAGE',
      what: `there is no ${scope} image for transformers ${typed} with ${framework} ${version}`,
      where: `transformersVersion, ${framework}Version`,
      hint: `nearest pairs: ${nearest.map(describe).join('; ')}; or set imageUri to an image of your own`,
    })
  }
  if (query.pyVersion !== undefined && query.pyVersion !== found.py) {
    throw new HoldfastError({
      code: 'E_NO_IMAGE',
      what: `the ${scope} image for ${describe(found)} has no ${query.pyVersion}`,
      where: 'pyVersion',
      hint: `set pyVersion to ${found.py}`,
    })
  }
  return found
}

/** Exactly one framework, and both versions in the same form, as the SDK wants them. */
export function frameworkOf(query: Omit<ImageQuery, 'region'>): {
  framework: Framework
  version: string
} {
  const { transformersVersion, pytorchVersion, tensorflowVersion } = query
  const refuse = (what: string, hint: string): never => {
    throw new HoldfastError({ code: 'E_IMAGE_VERSIONS', what, where: 'transformersVersion', hint })
  }
  if (transformersVersion === undefined) {
    return refuse('neither transformersVersion nor imageUri is given', 'set one of them')
  }
  if (pytorchVersion !== undefined && tensorflowVersion !== undefined) {
    return refuse('pytorchVersion and tensorflowVersion are both given', 'keep one of them')
  }
  const version = pytorchVersion ?? tensorflowVersion
  if (version === undefined) {
    return refuse('neither pytorchVersion nor tensorflowVersion is given', 'set one of them')
  }
  if (version.split('.').length !== transformersVersion.split('.').length) {
    return refuse(
      `transformers ${transformersVersion} and ${version} mix a full and a short version`,
      'write both in full (4.56.2 with 2.8.0) or both short (4.56 with 2.8)',
    )
  }
  return { framework: pytorchVersion === undefined ? 'tensorflow' : 'pytorch', version }
}

function nearestRows(
  rows: ImageRow[],
  wanted: { transformers: string; version: string },
): ImageRow[] {
  const near = nearestVersions(
    rows.map((row) => row.transformers),
    wanted.transformers,
  ).slice(0, 3)
  return rows
    .filter((row) => near.includes(row.transformers))
    .sort(
      (a, b) =>
        near.indexOf(a.transformers) - near.indexOf(b.transformers) ||
        compareVersions(b.version, a.version),
    )
    .slice(0, 4)
}

function pairOf(row: ImageRow): VersionPair {
  return {
    transformersVersion: row.transformers,
    framework: row.framework,
    frameworkVersion: row.version,
    pyVersion: row.py,
  }
}

function describe(row: ImageRow): string {
  return `transformers ${row.transformers} with ${row.framework} ${row.version} (${row.py})`
}
