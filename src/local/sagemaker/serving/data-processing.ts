/** DataProcessing of a transform job: which part of a record the model sees, and what is written for it. */

import { isObject, object, text, type Json } from '../json'
import { parsePath, select, type JsonPath } from './json-path'
import { ServingFailure } from './serving-failure'

export interface DataProcessing {
  /** Whether records are read at all, or pass as they are. */
  reads: boolean
  joins: boolean
  /** What is sent for a record. */
  toModel(record: string): string
  /** What is written for a record and the model's answer to it. */
  toOutput(options: { record: string; answer: string }): string
}

/** How a record is written: columns with commas, or a line of JSON. */
interface Format {
  read(record: string): unknown
  write(value: unknown): string
  join(input: unknown, output: unknown): unknown
}

/** Filters that a request names, for a check before the job starts; the name of the first that cannot be read. */
export function unreadableFilter(request: Json): string | undefined {
  const { InputFilter, OutputFilter } = object(request, 'DataProcessing') ?? {}
  return [InputFilter, OutputFilter].find(
    (filter): filter is string => typeof filter === 'string' && !parsePath(filter),
  )
}

export function dataProcessingOf(request: Json): DataProcessing {
  const processing = object(request, 'DataProcessing') ?? {}
  const path = (member: string): JsonPath => parsePath(text(processing, member) ?? '$') ?? []
  const [input, output] = [path('InputFilter'), path('OutputFilter')]
  const joins = text(processing, 'JoinSource') === 'Input'
  const into = formatOf(text(object(request, 'TransformInput') ?? {}, 'ContentType'))
  const accept = text(object(request, 'TransformOutput') ?? {}, 'Accept')
  const out = accept === undefined ? into : formatOf(accept)
  return {
    joins,
    reads: joins || input.length > 0 || output.length > 0,
    toModel: (record) =>
      input.length === 0 ? record : into.write(filtered(input, into.read(record))),
    toOutput({ record, answer }) {
      if (!joins && output.length === 0) return answer
      const answered = out.read(answer)
      const joined = joins ? into.join(into.read(record), answered) : answered
      return (joins ? into : out).write(filtered(output, joined))
    },
  }
}

function filtered(path: JsonPath, value: unknown): unknown {
  const found = select(path, value)
  if (found !== undefined) return found
  throw new ServingFailure('ClientError: a filter of DataProcessing selects nothing from a record.')
}

function formatOf(contentType: string | undefined): Format {
  return contentType?.startsWith('text/csv') ? csv : json
}

const csv: Format = {
  read: (record) => columns(record.replace(/\r?\n$/, '')),
  write: (value) => (Array.isArray(value) ? value.map(quoted).join(',') : quoted(value)),
  join: (input, output) => [...asList(input), ...asList(output)],
}

const json: Format = {
  read: (record) => parsed(record),
  write: (value) => JSON.stringify(value),
  // Developer guide, "Associate prediction results with input records".
  join: (input, output) =>
    isObject(input)
      ? { ...input, SageMakerOutput: output }
      : { SageMakerInput: input, SageMakerOutput: output },
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [value]
}

/** Columns as RFC 4180 writes them; a quoted column may hold commas and doubled quotes. */
function columns(line: string): string[] {
  // Each cell ends with its comma; the last one gets the one it lacks.
  const cells = `${line},`.matchAll(/(?:"((?:[^"]|"")*)"|([^,]*)),/g)
  return [...cells].map(([, inQuotes, bare]) => inQuotes?.replaceAll('""', '"') ?? bare ?? '')
}

function quoted(value: unknown): string {
  const cell = typeof value === 'string' ? value : JSON.stringify(value)
  return /[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}

function parsed(record: string): unknown {
  try {
    return JSON.parse(record) as unknown
  } catch (cause) {
    const shown = record.slice(0, 80)
    throw new ServingFailure(`ClientError: a record is not JSON: ${shown}`, { cause })
  }
}
