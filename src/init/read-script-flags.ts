import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import type { Environment } from '../config/locations'
import { HoldfastError, messageOf } from '../errors'
import { packageRoot } from '../package-root'

const flagDefault = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('literal'),
    value: z.json(),
    /** The value as Python writes it in JSON: 1.0 stays 1.0. */
    text: z.string(),
  }),
  z.object({
    kind: z.literal('expression'),
    source: z.string(),
    /** The environment variable that the expression reads. */
    env: z.string().optional(),
  }),
])

const scriptFlag = z.object({
  /** Without its dashes: `train-batch-size`. */
  name: z.string(),
  names: z.array(z.string()),
  /** `argparse`, or the dataclass whose field it is. */
  source: z.string(),
  line: z.number(),
  required: z.boolean(),
  type: z.string().optional(),
  default: flagDefault.optional(),
  action: z.string().optional(),
  help: z.string().optional(),
  nargs: z.json().optional(),
  choices: z.array(z.json()).optional(),
  dest: z.string().optional(),
  subcommand: z.string().optional(),
})

export const scriptFlags = z.object({
  flags: z.array(scriptFlag),
  positionals: z.array(z.string()),
  /** add_argument calls whose names are computed. */
  unreadFlags: z.number(),
  /** Dataclasses of HfArgumentParser that other modules define, such as TrainingArguments. */
  externalDataclasses: z.array(z.string()),
  parsers: z.array(z.string()),
  toleratesUnknown: z.boolean(),
  subcommandRequired: z.boolean(),
  imports: z.array(z.string()),
  /** The strings of the script that start with `SM_` or `/opt/ml`. */
  strings: z.array(z.string()),
  /** Which of the names that matter to Holdfast the script uses. */
  names: z.array(z.string()),
})

export type ScriptFlag = z.output<typeof scriptFlag>
export type ScriptFlags = z.output<typeof scriptFlags>

const syntaxError = z.object({
  error: z.object({ line: z.number().nullable(), message: z.string() }),
})

/** Largest script that is read: 2 MiB. */
const largestScript = 2 * 1024 * 1024
const deadlineMs = 60_000

/**
 * The command-line flags of a training script (argparse, or the dataclasses of HfArgumentParser).
 * Python reads its syntax tree; the script itself is never run.
 *
 * @example
 * const { flags } = await readScriptFlags({ path: 'training/train.py' })
 */
export async function readScriptFlags({
  path,
  env = process.env,
}: {
  path: string
  env?: Environment
}): Promise<ScriptFlags> {
  return readSyntaxTree({ path, env, reader: 'read_script_flags.py', facts: scriptFlags })
}

/** What one of the readers beside this file, written in Python, finds in a script's syntax tree. */
export async function readSyntaxTree<Facts extends object>(options: {
  path: string
  env: Environment
  reader: string
  facts: z.ZodType<Facts>
}): Promise<Facts> {
  const { path, env, reader, facts } = options
  const script = resolve(path)
  const stats = await stat(script).catch(() => undefined)
  if (!stats?.isFile() || stats.size > largestScript) {
    throw new HoldfastError({
      code: 'E_SCRIPT',
      what: stats?.isFile() ? 'the script is larger than 2 MiB' : 'no such script',
      where: script,
    })
  }
  const answer: unknown = JSON.parse(await runReader({ reader, script, env }))
  const failed = syntaxError.safeParse(answer)
  if (failed.success) {
    const { line, message } = failed.data.error
    throw new HoldfastError({
      code: 'E_SCRIPT_SYNTAX',
      what: `not valid Python: ${message}`,
      where: line === null ? script : `${script}:${line}`,
      hint: 'the container runs Python 3; notebooks must be exported as scripts first',
    })
  }
  return facts.parse(answer)
}

async function runReader(options: {
  reader: string
  script: string
  env: Environment
}): Promise<string> {
  const { script, env } = options
  const reader = join(packageRoot(), 'src', 'init', options.reader)
  const candidates = [env['HOLDFAST_PYTHON'] ?? '', 'python3', 'python'].filter(
    (name) => name !== '',
  )
  let lastError: unknown
  for (const python of candidates) {
    try {
      // -I: no user site, no PYTHON* variables, and the script's folder is not importable.
      const { stdout } = await promisify(execFile)(python, ['-I', '-S', '-B', reader, script], {
        timeout: deadlineMs,
        maxBuffer: 16 * 1024 * 1024,
        env: { ...process.env, ...env },
      })
      return stdout
    } catch (error) {
      lastError = error
    }
  }
  throw new HoldfastError({
    code: 'E_NO_PYTHON',
    what: `the script's flags need Python 3.9 or later to be read: ${messageOf(lastError).split('\n')[0]}`,
    where: candidates.join(', '),
    hint: 'install Python 3.10 to 3.13, or set HOLDFAST_PYTHON to one',
    cause: lastError,
  })
}
