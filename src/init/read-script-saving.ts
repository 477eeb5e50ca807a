import { z } from 'zod'
import type { Environment } from '../config/locations'
import { readSyntaxTree, scriptFlags } from './read-script-flags'

const flagValue = z.object({
  kind: z.literal('flag'),
  name: z.string(),
  /** Whether the script gives it another value after parsing. */
  reassigned: z.boolean(),
  default: z
    .object({ kind: z.string(), value: z.json().optional(), env: z.string().optional() })
    .optional(),
})

/** What a syntax tree tells of an expression. */
const scriptValue = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('literal'), value: z.json() }),
  flagValue,
  z.object({
    kind: z.literal('expression'),
    source: z.string(),
    /** Functions whose results may be in it. */
    calls: z.array(z.string()),
    /** The environment variable in it. */
    env: z.string().nullable(),
    flags: z.array(z.string()),
    strings: z.array(z.string()),
  }),
])
export type ScriptValue = z.output<typeof scriptValue>

const lines = z.array(z.number())

const scriptSaving = z.object({
  trainingArguments: z.array(
    z.object({
      line: z.number(),
      settings: z.record(z.string(), scriptValue),
      lines: z.record(z.string(), z.number()),
      /** Some come from a dictionary, `**options`. */
      unread: z.boolean(),
    }),
  ),
  trainers: lines,
  trainCalls: z.array(
    z.object({
      line: z.number(),
      unread: z.boolean(),
      resume: z.intersection(scriptValue, z.object({ calls: z.array(z.string()) })).optional(),
    }),
  ),
  /** Line of the import of holdfast_checkpoint. */
  imports: z.number().nullable(),
  callbacks: lines,
  latestVerified: lines,
  sigterm: lines,
  modelSaves: z.array(
    z.object({
      line: z.number(),
      how: z.string(),
      to: scriptValue.nullable(),
      pickled: z.boolean(),
    }),
  ),
  /** What loops without a Trainer do. */
  loopSaves: lines,
  loopLoads: lines,
  fits: lines,
})
export type ScriptSaving = z.output<typeof scriptSaving>

const facts = z.object({ flags: scriptFlags, saving: scriptSaving })
export type ScriptFacts = z.output<typeof facts>

/**
 * How a training script saves and resumes, with its flags. Python reads its syntax tree; the script
 * itself is never run.
 *
 * @example
 * const { saving } = await readScriptSaving({ path: 'training/train.py' })
 */
export async function readScriptSaving(options: {
  path: string
  env?: Environment
}): Promise<ScriptFacts> {
  const { path, env = process.env } = options
  return readSyntaxTree({ path, env, reader: 'read_script_saving.py', facts })
}
