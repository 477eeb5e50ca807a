import { copyFile, lstat, mkdir, readdir, rm, symlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { packageRoot } from '../package-root'

export interface DemoWorkspace {
  dir: string
  pipelineFile: string
  dataFile: string
}

const files = [
  'pipeline.yaml',
  'sweep.yaml',
  'sweep-pipeline.yaml',
  'deploy.yaml',
  'transform.yaml',
  'sentences.jsonl',
]

/**
 * Makes the folder of the demo: pipeline.yaml, sweep.yaml and the pipeline of its trials, deploy.yaml,
 * transform.yaml and its sentences, data/reviews.csv, models/minilm and training/. Its files are written afresh each time, so that the
 * demo shows this version's: to change them, copy the folder.
 */
export async function makeDemoWorkspace(options: {
  /** Default: `.holdfast/demo` in the current folder. */
  dir?: string
  /** From `setUp`. */
  modelDir: string
  dataFile: string
}): Promise<DemoWorkspace> {
  const dir = resolve(options.dir ?? join('.holdfast', 'demo'))
  for (const folder of ['data', 'models', 'training'])
    await mkdir(join(dir, folder), { recursive: true })
  for (const name of files)
    await copyFile(join(packageRoot(), 'examples', 'demo', name), join(dir, name))
  const dataFile = join(dir, 'data', 'reviews.csv')
  await copyFile(options.dataFile, dataFile)
  const scripts = join(packageRoot(), 'training')
  for (const name of await readdir(scripts)) {
    if (name.endsWith('.py')) await copyFile(join(scripts, name), join(dir, 'training', name))
  }
  await linkModel(join(dir, 'models', 'minilm'), resolve(options.modelDir))
  return { dir, pipelineFile: join(dir, 'pipeline.yaml'), dataFile }
}

/** A link, as the model is large and the cache keeps it; what a user put in its place stays. */
async function linkModel(link: string, modelDir: string): Promise<void> {
  const there = await lstat(link).catch(() => undefined)
  if (there && !there.isSymbolicLink()) return
  await rm(link, { force: true })
  await symlink(modelDir, link, 'dir')
}
