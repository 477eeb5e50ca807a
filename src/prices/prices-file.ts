/** A file of prices: what `prices refresh` writes, and what a user may write by hand. */

import { readFile, stat } from 'node:fs/promises'
import { parse } from 'yaml'
import { z } from 'zod'
import { HoldfastError, messageOf } from '../errors'
import type { Price } from './price'
import { priceUses } from './price'

const usd = z.number().gt(0)

const pricesFile = z.strictObject({
  region: z.string('which region the prices are of').min(1),
  /** Where the numbers are from, when not from this file itself. */
  source: z.string().min(1).optional(),
  readAt: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/, 'a date such as "2026-11-24"')
    .optional(),
  /** Of the price list itself. */
  publishedAt: z.string().optional(),
  currency: z.literal('USD').optional(),
  /** US dollars an hour, for every use alike or by use. */
  prices: z.record(
    z.string().regex(/^ml\./, 'an instance type such as ml.g5.xlarge'),
    z.union([usd, z.partialRecord(z.enum(priceUses), usd)]),
  ),
})

export type PricesFile = z.output<typeof pricesFile>

/** Prices in the form of a file, one by one. */
export function pricesOf(options: { file: PricesFile; source: string; readAt: string }): Price[] {
  const { file } = options
  const origin = {
    region: file.region,
    source: file.source ?? options.source,
    readAt: file.readAt ?? options.readAt,
  }
  return Object.entries(file.prices).flatMap(([instanceType, amount]): Price[] =>
    typeof amount === 'number'
      ? [{ instanceType, use: null, usdPerHour: amount, ...origin }]
      : priceUses.flatMap((use) => {
          const usdPerHour = amount[use]
          return usdPerHour === undefined ? [] : [{ instanceType, use, usdPerHour, ...origin }]
        }),
  )
}

/** Reads YAML or JSON; a file that is not there is refused like one with a fault. */
export async function readPricesFile(path: string): Promise<Price[]> {
  let value: unknown
  try {
    value = parse(await readFile(path, 'utf8'), { maxAliasCount: 0 })
  } catch (cause) {
    throw unreadable(path, messageOf(cause).split('\n')[0] ?? '', cause)
  }
  const parsed = pricesFile.safeParse(value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw unreadable(path, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`)
  }
  return pricesOf({ file: parsed.data, source: path, readAt: await changedAt(path) })
}

/** The date on which a file was last changed. */
export async function changedAt(path: string): Promise<string> {
  return (await stat(path)).mtime.toISOString().slice(0, 10)
}

function unreadable(path: string, fault: string, cause?: unknown): HoldfastError {
  return new HoldfastError({
    code: 'E_PRICES_FILE',
    what: `the prices cannot be read: ${fault}`,
    where: path,
    hint: 'it looks like { region: eu-west-1, prices: { ml.g5.xlarge: 1.5 } }',
    cause,
  })
}
