import { parsesTrainingArguments } from './flag-roles'
import type { ScriptFacts, ScriptValue } from './read-script-saving'
import type { SpotFinding } from './spot-readiness'

const synced = '/opt/ml/checkpoints'
const check = 'output-dir'
const fix = `output_dir="${synced}", or a flag that the hyperparameter sets to it`

/** Whether checkpoints go to the folder that SageMaker carries to S3 and back. */
export function outputDirOf({ saving, flags }: ScriptFacts): SpotFinding[] {
  const [args] = saving.trainingArguments
  if (!args) {
    if (!parsesTrainingArguments(flags)) return []
    const what = 'output_dir is a hyperparameter'
    return [{ check, level: 'ok', line: null, what, fix: `set output_dir: ${synced}` }]
  }
  const line = args.lines['output_dir'] ?? args.line
  const value = args.settings['output_dir']
  if (value === undefined) {
    if (args.unread) return [unknown(line)]
    const what = 'output_dir is not set: checkpoints go to a folder beside the script'
    return [{ check, level: 'stop', line, what, why: lost, fix }]
  }
  return [judge({ value, line })]
}

const lost = `only ${synced} is carried to S3 and back: all else is lost with the machine`

function judge({ value, line }: { value: ScriptValue; line: number }): SpotFinding {
  if (value.kind === 'literal') return ofText({ text: plainText(value.value), line })
  if (value.kind === 'flag') {
    const preset = value.default
    if (preset?.env !== undefined && !value.reassigned)
      return ofVariable({ name: preset.env, line })
    if (preset?.value === undefined || preset.value === null || value.reassigned) {
      return { check, level: 'ok', line, what: `output_dir is the flag --${value.name}` }
    }
    const text = plainText(preset.value)
    const judged = ofText({ text, line })
    if (judged.level === 'ok') return judged
    return {
      ...judged,
      level: 'risk',
      what: `output_dir is --${value.name}, which is ${text} by default`,
      fix: `default="${synced}", or ${value.name}: ${synced} in train.hyperparameters`,
    }
  }
  if (value.strings.some((text) => text.startsWith(synced) || /(^|\/)checkpoints?$/.test(text))) {
    return { check, level: 'ok', line, what: `output_dir is ${value.source}` }
  }
  if (value.env !== null) return ofVariable({ name: value.env, line })
  return unknown(line)
}

function ofText({ text, line }: { text: string; line: number }): SpotFinding {
  if (text === synced || text.startsWith(`${synced}/`)) {
    return { check, level: 'ok', line, what: `it saves to ${text}` }
  }
  if (text.startsWith('/opt/ml/model')) return inModel(text, line)
  return { check, level: 'stop', line, what: `it saves to ${text}`, why: lost, fix }
}

function ofVariable({ name, line }: { name: string; line: number }): SpotFinding {
  if (name === 'SM_MODEL_DIR') return inModel('SM_MODEL_DIR', line)
  if (name.startsWith('SM_')) {
    return { check, level: 'stop', line, what: `it saves to ${name}`, why: lost, fix }
  }
  return unknown(line)
}

function inModel(place: string, line: number): SpotFinding {
  const why = `${lost}; and the checkpoints would be packed into model.tar.gz`
  return { check, level: 'stop', line, what: `it saves checkpoints to ${place}`, why, fix }
}

function unknown(line: number): SpotFinding {
  const what = 'where it saves cannot be read from it'
  return { check, level: 'risk', line, what, why: lost, fix }
}

/** A literal as the script's reader would write it, without quotes. */
function plainText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
