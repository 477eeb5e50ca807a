/**
 * Cron lines, as far as Temporal and croner read them alike: five fields of numbers, names, `*`,
 * lists, ranges and steps. Both take the day of the month and the day of the week together: where
 * both are given, both must match (measured on server 1.32).
 */

/** The values of each field, sorted: minutes, hours, days of the month, months, days of the week (0 is Sunday). */
export type CronValues = [number[], number[], number[], number[], number[]]

export interface CronFault {
  message: string
  hint: string
}

export type ParsedCron =
  { values: CronValues; fault?: never } | { values?: never; fault: CronFault }

interface Field {
  name: string
  least: number
  most: number
  /** The largest step. */
  size: number
  /** Of `least` and the values after it. */
  names?: string[]
}

const fields: Field[] = [
  { name: 'minute', least: 0, most: 59, size: 60 },
  { name: 'hour', least: 0, most: 23, size: 24 },
  { name: 'day of the month', least: 1, most: 31, size: 31 },
  {
    name: 'month',
    least: 1,
    most: 12,
    size: 12,
    names: 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' '),
  },
  // 7 is Sunday too.
  {
    name: 'day of the week',
    least: 0,
    most: 7,
    size: 7,
    names: 'SUN MON TUE WED THU FRI SAT'.split(' '),
  },
]

const macros: Record<string, string> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}

const fieldList = 'minute, hour, day of the month, month, day of the week, such as "0 2 * * *"'

/**
 * The values of a cron line, or what is wrong with it.
 *
 * @example
 * parseCron('30 2 * * MON-FRI') // { values: [[30], [2], [1, …, 31], [1, …, 12], [1, 2, 3, 4, 5]] }
 */
export function parseCron(text: string): ParsedCron {
  const line = normalCron(text)
  if (line === '') return { fault: { message: 'must not be empty', hint: `give ${fieldList}` } }
  if (line.startsWith('@')) {
    const same = macros[line.toLowerCase()] ?? '0 * * * *'
    return { fault: { message: `"${line}" is not taken`, hint: `write "${same}"` } }
  }
  if (/^(CRON_)?TZ=/i.test(line)) {
    const hint = 'name it in schedule.timezone'
    return { fault: { message: 'a timezone in the cron line is not taken', hint } }
  }
  const parts = line.split(' ')
  if (parts.length !== fields.length) {
    const hint =
      parts.length > fields.length
        ? `there are no seconds and no years: ${fieldList}`
        : `give ${fieldList}`
    return { fault: { message: `${parts.length} fields instead of five`, hint } }
  }
  const values: number[][] = []
  for (const [index, field] of fields.entries()) {
    const parsed = parseField(parts[index] ?? '', field)
    if (!Array.isArray(parsed)) return { fault: parsed }
    values.push(parsed)
  }
  const [, , days = [], months = []] = values
  if (!months.some((month) => (days[0] ?? 1) <= longestMonth(month))) {
    const hint = `no ${months.length > 1 ? 'such month' : 'month of that number'} has a day ${days[0]}`
    return { fault: { message: 'never fires', hint } }
  }
  return { values: values as CronValues }
}

/** One space between two fields. */
export function normalCron(text: string): string {
  return text.trim().replace(/\s+/g, ' ')
}

function longestMonth(month: number): number {
  if (month === 2) return 29
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

function parseField(text: string, field: Field): number[] | CronFault {
  const found = new Set<number>()
  for (const item of text.split(',')) {
    const values = parseItem(item, field)
    if (!Array.isArray(values)) {
      return { message: `${field.name}: ${values.message}`, hint: values.hint }
    }
    for (const value of values) found.add(field.names?.[0] === 'SUN' ? value % 7 : value)
  }
  return [...found].sort((a, b) => a - b)
}

function parseItem(item: string, field: Field): number[] | CronFault {
  const { least, most, size } = field
  const [, range = '', step] = /^([^/]*)(?:\/(.*))?$/.exec(item) ?? []
  if (step !== undefined && !(/^\d{1,2}$/.test(step) && Number(step) >= 1 && Number(step) <= size))
    return { message: `"${step}" is not a step`, hint: `a step is a number from 1 to ${size}` }
  if (range === '*') return stepped(least, least === 0 && most === 7 ? 6 : most, step)
  const [, first = '', last] = /^([^-]*)(?:-(.*))?$/.exec(range) ?? []
  const from = valueOf(first, field)
  const to = last === undefined ? from : valueOf(last, field)
  if (from === undefined || to === undefined) {
    const wrong = from === undefined ? first : last
    const hint = wrong === '?' ? 'write *' : `it takes ${allowed(field)}`
    return { message: wrong === '' ? 'nothing is given' : `"${wrong}" is not possible`, hint }
  }
  if (step !== undefined && last === undefined) {
    const hint = `write "${first}-${most}/${step}"`
    return { message: `a step needs * or a range, found "${item}"`, hint }
  }
  if (from > to) {
    const end = field.names?.[0] === 'SUN' ? 'SAT' : most
    const start = field.names?.[0] ?? least
    const hint = `write "${first}-${end},${start}-${last}"`
    return { message: `the range "${range}" runs backwards`, hint }
  }
  return stepped(from, to, step)
}

function stepped(from: number, to: number, step = '1'): number[] {
  const values: number[] = []
  for (let value = from; value <= to; value += Number(step)) values.push(value)
  return values
}

function valueOf(text: string, { least, most, names = [] }: Field): number | undefined {
  const named = names.indexOf(text.toUpperCase())
  if (named >= 0) return least + named
  const value = /^\d{1,2}$/.test(text) ? Number(text) : NaN
  return value >= least && value <= most ? value : undefined
}

function allowed({ least, most, names }: Field): string {
  const words = names ? `, ${names[0]} to ${names.at(-1)}` : ''
  const range = `${least}-${Math.min(most, least + 4)}`
  return `numbers from ${least} to ${most}${words}, *, lists (${least},${most}), ranges (${range}) and steps (*/2)`
}
