/** What a training script's log line tells: our helper's JSON, or the dict that HF's Trainer prints. */
export type LogFact =
  | { type: 'metric'; step: number; values: Record<string, number> }
  | { type: 'resumed'; step: number; lost: number }

const helperLine = /^holdfast (\{.*\})\s*$/
/** `{'loss': 0.69, 'epoch': 0.1}` as Python prints it; newer Trainers print the numbers as strings. */
const trainerLine = /^\{'[a-z_]+': .*\}\s*$/

/** A script with our helper says everything twice: its own line has the step and all digits. */
export function isHelperLine(message: string): boolean {
  return helperLine.test(message)
}

export function parseLogLine(message: string): LogFact | null {
  const helper = helperLine.exec(message)?.[1]
  if (helper !== undefined) return factOf(parseJson(helper))
  if (!trainerLine.test(message)) return null
  // Python prints a diverged loss as a bare `nan` or `inf`, which is not JSON.
  const json = message
    .trim()
    .replaceAll("'", '"')
    .replace(/: -?(?:nan|inf)(?=[,}])/g, ': null')
  const values = numbersOf(parseJson(json))
  return Object.keys(values).length > 0
    ? { type: 'metric', step: values['step'] ?? 0, values }
    : null
}

function factOf(entry: Record<string, unknown>): LogFact | null {
  const step = typeof entry['step'] === 'number' ? entry['step'] : 0
  if (entry['event'] === 'resumed')
    return { type: 'resumed', step, lost: typeof entry['lost'] === 'number' ? entry['lost'] : 0 }
  if (entry['event'] === 'metrics') {
    const values = numbersOf(entry)
    delete values['step']
    return { type: 'metric', step, values }
  }
  return null
}

function numbersOf(entry: Record<string, unknown>): Record<string, number> {
  const numbers = Object.entries(entry).map(([name, value]): [string, number] => [
    name,
    typeof value === 'string' && value !== '' ? Number(value) : (value as number),
  ])
  return Object.fromEntries(
    numbers.filter(([, value]) => typeof value === 'number' && Number.isFinite(value)),
  )
}

function parseJson(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return {}
  }
}
