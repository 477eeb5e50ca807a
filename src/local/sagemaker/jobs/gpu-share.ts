/** The GPUs of this machine, and the part of them that one host of a distributed job gets. */

import { readdirSync } from 'node:fs'

/** As CUDA numbers them: those that are shown to us, else one for each device file. */
function gpusHere(): string[] {
  const shown = process.env.CUDA_VISIBLE_DEVICES
  if (shown !== undefined) return shown.split(',').filter((name) => name !== '')
  if (process.platform !== 'linux') return []
  const files = readdirSync('/dev').filter((name) => /^nvidia\d+$/.test(name))
  return files.map((_, index) => String(index))
}

/**
 * Two processes cannot meet over one GPU (NCCL refuses it), so each host has its own; none has any when
 * there are fewer GPUs than hosts.
 *
 * @example
 * gpuShare({ hosts: 2, index: 1 }) // ['2', '3'] on a machine of four
 */
export function gpuShare(options: { hosts: number; index: number }): string[] {
  const all = gpusHere()
  const each = Math.floor(all.length / options.hosts)
  return all.slice(options.index * each, (options.index + 1) * each)
}
