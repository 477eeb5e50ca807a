import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { kindOf, modelSource } from '../config/locations'
import type { Environment } from '../config/locations'
import { parsePipeline } from '../config/load-pipeline'
import { HoldfastError } from '../errors'
import { modelFlag, resumes } from './flag-roles'
import { findDataset, guessDataset } from './guess-dataset'
import type { DatasetGuess } from './guess-dataset'
import { hyperparameterLines, outputDirFor } from './hyperparameter-lines'
import { readScriptFlags } from './read-script-flags'
import type { ScriptFlags } from './read-script-flags'
import { checkScript } from './script-checks'
import type { ScriptWarning } from './script-warning'
import { yamlText } from './yaml-text'

const placeholderModel = 'distilbert-base-uncased'

export interface InitOptions {
  /** The training script. */
  entryPoint: string
  dataPath?: string | undefined
  /** Hub id or directory; default: what the script's own flag says. */
  model?: string | undefined
  /** Overwrite an existing pipeline.yaml. */
  force?: boolean | undefined
  /** Where pipeline.yaml is written. */
  folder?: string | undefined
  env?: Environment | undefined
}

export interface InitResult {
  path: string
  text: string
  /** What the user should look at. */
  notes: string[]
  warnings: ScriptWarning[]
}

/**
 * Writes a commented pipeline.yaml for a training script: its flags become hyperparameters. The
 * text passes `loadPipeline` before anything is written.
 *
 * @example
 * const { path, notes } = await initPipeline({ entryPoint: 'scripts/train.py' })
 */
export async function initPipeline(options: InitOptions): Promise<InitResult> {
  const { force = false, folder = process.cwd(), env = process.env } = options
  const path = join(folder, 'pipeline.yaml')
  if (existsSync(path) && !force) throw alreadyThere(path)
  const entryPoint = resolve(folder, options.entryPoint)
  if (!entryPoint.endsWith('.py')) {
    throw new HoldfastError({
      code: 'E_SCRIPT',
      what: 'not a Python script',
      where: entryPoint,
      hint: 'it must end in .py',
    })
  }
  const script = await readScriptFlags({ path: entryPoint, env })
  const notes: string[] = []
  const text = pipelineText({
    script,
    entryPoint,
    folder,
    dataset: chooseDataset(options.dataPath, folder, notes),
    model: chooseModel(options.model, script, notes),
    env,
  })
  const { pipeline, warnings } = parsePipeline({ text, file: path, baseDir: folder, env })
  await write(path, text, force)
  return { path, text, notes: [...notes, ...warnings], warnings: checkScript({ pipeline, script }) }
}

function alreadyThere(path: string): HoldfastError {
  return new HoldfastError({
    code: 'E_EXISTS',
    what: 'pipeline.yaml is already there and is not overwritten',
    where: path,
    hint: 'pass --force to replace it',
  })
}

/** Without force the file is created or refused in one step: nothing that appeared meanwhile is lost. */
async function write(path: string, text: string, force: boolean): Promise<void> {
  try {
    await writeFile(path, text, { flag: force ? 'w' : 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw alreadyThere(path)
    throw error
  }
}

function chooseDataset(
  given: string | undefined,
  folder: string,
  notes: string[],
): DatasetGuess | undefined {
  if (given?.startsWith('s3://')) return { path: given, columns: [] }
  const path = given === undefined ? findDataset({ folder }) : resolve(folder, given)
  if (path === undefined) {
    notes.push('no data file was found: set dataset.path before `holdfast run`')
    return undefined
  }
  if (kindOf(path) !== 'file') {
    throw new HoldfastError({
      code: 'E_DATASET',
      what: 'no such data file',
      where: path,
      hint: '--data takes a CSV, TSV or JSONL file',
    })
  }
  const guess = guessDataset({ path })
  if (given === undefined)
    notes.push(`the data file ${path} was found and used; --data FILE names another`)
  if (!guess.textColumn || !guess.labelColumn) {
    notes.push(
      `the columns of ${basename(path)} are ${guess.columns.join(', ') || 'unreadable'}: set textColumn and labelColumn`,
    )
  }
  return guess
}

function chooseModel(
  given: string | undefined,
  script: ScriptFlags,
  notes: string[],
): { id: string; sure: boolean } {
  if (given !== undefined) return { id: given, sure: true }
  const found = modelFlag(script)?.default
  if (
    found?.kind === 'literal' &&
    typeof found.value === 'string' &&
    /^[\w.-]+(\/[\w.-]+)?$/.test(found.value)
  ) {
    return { id: found.value, sure: true }
  }
  notes.push(`the script names no model: ${placeholderModel} is a placeholder`)
  return { id: placeholderModel, sure: false }
}

interface Parts {
  script: ScriptFlags
  entryPoint: string
  folder: string
  dataset: DatasetGuess | undefined
  model: { id: string; sure: boolean }
  env: Environment
}

function pipelineText({ script, entryPoint, folder, dataset, model, env }: Parts): string {
  const name = slugOf(basename(resolve(folder)))
  const source = modelSource(model.id, { baseDir: folder, env })
  const modelInContainer = source.kind === 'hub' ? source.id : '/opt/ml/input/data/model'
  const outputDir = outputDirFor(script)
  const spot = resumes(script) && outputDir !== '/opt/ml/model'
  return `${[
    `# Written by \`holdfast init\` from the flags of ${basename(entryPoint)}. Check it with \`holdfast plan\`.`,
    '# yaml-language-server: $schema=./node_modules/holdfast/docs/pipeline.schema.json',
    `name: ${yamlText(name)}`,
    '',
    ...datasetLines(dataset, folder),
    '',
    `model: ${yamlText(model.id)}${model.sure ? '' : ' # edit me: a Hub id or a directory'}`,
    '',
    'preprocess:',
    '  task: text-classification',
    '  maxLength: 512 # tokens; longer texts are truncated',
    '',
    'train:',
    `  entryPoint: ${yamlText(basename(entryPoint))}`,
    `  sourceDir: ${yamlText(relativePath(folder, dirname(entryPoint)))} # everything in it is sent`,
    '  transformersVersion: "4.56"',
    '  pytorchVersion: "2.8"',
    '  pyVersion: py312',
    '  instanceType: ml.g5.xlarge',
    ...spotLines(spot, script),
    '  maxRun: 24h',
    ...hyperparameterLines({ script, modelInContainer, outputDir }),
    '',
    'evaluate:',
    '  metric: eval_accuracy',
    '  # atLeast: 0.85 # the gate: below it nothing is published',
    '',
    'publish:',
    `  model: ${yamlText(name)}`,
  ].join('\n')}\n`
}

function datasetLines(dataset: DatasetGuess | undefined, folder: string): string[] {
  const edit = ' # edit me'
  const columns = [
    `  textColumn: ${yamlText(dataset?.textColumn ?? 'text')}${dataset?.textColumn ? '' : edit}`,
    `  labelColumn: ${yamlText(dataset?.labelColumn ?? 'label')}${dataset?.labelColumn ? '' : edit}`,
    '  split: { test: 0.1, seed: 0 }',
  ]
  if (!dataset)
    return [
      'dataset:',
      '  path: s3://your-bucket/data.csv # edit me: a CSV, TSV or JSONL file, local or on S3',
      ...columns,
    ]
  const path = dataset.path.startsWith('s3://') ? dataset.path : relativePath(folder, dataset.path)
  return ['dataset:', `  path: ${yamlText(path)}`, ...columns]
}

function spotLines(spot: boolean, script: ScriptFlags): string[] {
  if (spot) return ['  useSpotInstances: true # then on-demand, when no spot capacity is found']
  const reason = resumes(script)
    ? 'the script keeps its checkpoints where SageMaker does not sync them'
    : 'the script does not resume from checkpoints'
  return [
    `  # ${reason}; with holdfast_checkpoint in it, spot`,
    '  # costs up to 90 % less and an interruption loses one save interval at most.',
    '  useSpotInstances: false',
  ]
}

/** With `./` in front, as people write it, and `/` on every system. */
function relativePath(from: string, to: string): string {
  const way = relative(resolve(from), to).split(sep).join('/')
  if (way === '') return '.'
  return way.startsWith('../') || way === '..' ? way : `./${way}`
}

function slugOf(text: string): string {
  const slug = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '')
  return slug === '' ? 'pipeline' : slug
}
