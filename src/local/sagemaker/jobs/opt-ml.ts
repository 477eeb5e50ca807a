/**
 * How a script finds its tree at /opt/ml. Where the kernel lets us, each job runs in a private mount
 * namespace with its own tree bound there; elsewhere /opt/ml is rewritten in arguments and settings.
 */

import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { containerRoot, type JobTree } from './job-tree'

export interface OptMl {
  mounted: boolean
  /** The command, put inside the namespace when there is one. */
  wrap(options: { tree: JobTree; command: string[] }): string[]
  /** What the script sees as its root. */
  root(tree: JobTree): string
  /** A text in which every mention of /opt/ml names a place that exists. */
  rewrite(options: { tree: JobTree; text: string }): string
}

/** $1 is the job's tree; the rest is the command. The mount dies with the namespace. */
const bind = `mount --bind "$1" ${containerRoot} || exit 125; shift; exec "$@"`

/** Tries, once per engine, what this machine allows: as root, then as a mapped user, then not at all. */
export async function findOptMl(options: { mode: 'auto' | 'rewrite' }): Promise<OptMl> {
  if (options.mode === 'auto' && process.platform === 'linux') {
    // Only root may create it; a mount point that is missing means rewriting.
    await mkdir(containerRoot, { recursive: true }).catch(() => undefined)
    for (const flags of [['--mount'], ['--map-root-user', '--mount']]) {
      if (await works(flags)) return mounted(flags)
    }
  }
  return {
    mounted: false,
    wrap: ({ command }) => command,
    root: (tree) => tree.ml,
    rewrite: ({ tree, text }) => text.replace(/(?<![\w.-])\/opt\/ml(?![\w.-])/g, () => tree.ml),
  }
}

function mounted(flags: string[]): OptMl {
  return {
    mounted: true,
    wrap: ({ tree, command }) => ['unshare', ...flags, 'sh', '-c', bind, 'sh', tree.ml, ...command],
    root: () => containerRoot,
    rewrite: ({ text }) => text,
  }
}

async function works(flags: string[]): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-mount-'))
  try {
    const args = [
      ...flags,
      'sh',
      '-c',
      bind,
      'sh',
      folder,
      'sh',
      '-c',
      `: > ${containerRoot}/probe`,
    ]
    return await new Promise((resolve) => {
      execFile('unshare', args, { timeout: 30_000 }, (error) => resolve(error === null))
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
