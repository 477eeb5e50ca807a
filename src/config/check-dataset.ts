/** What a pipeline may say with a dataset, and what without. */

import { didYouMean } from './did-you-mean'
import type { Finding } from './fault'
import type { Raw } from './raw'

const needsDataset = ['preprocess', 'evaluate', 'gate', 'publish']

export function checkDatasetKeys(raw: Raw): Finding[] {
  if (raw.entries().length === 0 || raw.has('dataset')) return checkWithDataset(raw)
  // A mistyped `dataset` is told as such; the rest follows from it.
  if (raw.entries().some(([key]) => didYouMean(key, ['dataset']) !== undefined)) return []
  return needsDataset
    .filter((key) => raw.has(key))
    .map((key): Finding => ({
      path: [key],
      at: 'key',
      message: 'needs a dataset: without one a run trains, and nothing is evaluated or published',
      hint: `add dataset and model, or remove ${key}`,
    }))
}

function checkWithDataset(raw: Raw): Finding[] {
  const findings: Finding[] = []
  if (raw.has('dataset') && !raw.has('model')) {
    findings.push({
      path: ['model'],
      at: 'key',
      message: 'required with a dataset, but missing',
      hint: 'a Hugging Face Hub id, a local directory, or an s3:// prefix',
    })
  }
  if (raw.flag('train', 'disableOutputCompression')) {
    findings.push({
      path: ['train', 'disableOutputCompression'],
      message: 'the evaluation reads the model.tar.gz, of which there is none then',
      hint: 'remove it, or train without a dataset',
    })
  }
  findings.push(...checkTask(raw))
  if (raw.text('dataset', 'format') === 'arrow') return [...findings, ...checkSaved(raw)]
  return [...findings, ...checkColumns(raw), ...checkSplit(raw), ...checkLabels(raw)]
}

/** Of rows that are prepared already nothing is left to say but where they are. */
function checkSaved(raw: Raw): Finding[] {
  const keys = raw
    .entries('dataset')
    .flatMap(([key]) => (['path', 'format'].includes(key) ? [] : [key]))
  const paths = keys.map((key) => ['dataset', key])
  return [...paths, ...(raw.has('preprocess') ? [['preprocess']] : [])].map((path): Finding => ({
    path,
    at: 'key',
    message: 'says nothing of rows that are prepared already',
    hint: 'remove it, or give a CSV, TSV or JSONL file',
  }))
}

function checkTask(raw: Raw): Finding[] {
  const task = raw.text('evaluate', 'task')
  if (task === undefined || task === 'text-classification') return []
  if (raw.text('dataset', 'format') === 'arrow' || raw.has('evaluate', 'entryPoint')) return []
  return [
    {
      path: ['evaluate', 'task'],
      message: 'rows are prepared for text classification only',
      hint: 'prepare them yourself and give dataset.format: arrow, or give an evaluate.entryPoint',
    },
  ]
}

function checkColumns(raw: Raw): Finding[] {
  const text = raw.text('dataset', 'textColumn') ?? 'text'
  const label = raw.text('dataset', 'labelColumn') ?? 'label'
  if (text !== label) return []
  const key = raw.has('dataset', 'labelColumn') ? 'labelColumn' : 'textColumn'
  return [{ path: ['dataset', key], message: 'text and label are the same column' }]
}

function checkSplit(raw: Raw): Finding[] {
  const test = raw.value('dataset', 'split', 'test') ?? 0.1
  const validation = raw.value('dataset', 'split', 'validation')
  if (typeof test !== 'number' || typeof validation !== 'number') return []
  if (test >= 1 || validation >= 1 || test + validation < 1) return []
  return [
    {
      path: ['dataset', 'split', 'validation'],
      message: `together with test (${test}) it leaves nothing to train on`,
      hint: 'make the two add up to less than 1',
    },
  ]
}

function checkLabels(raw: Raw): Finding[] {
  const labels = raw.list('dataset', 'labels')
  return labels.flatMap((name, index) =>
    labels.indexOf(name) < index
      ? [{ path: ['dataset', 'labels', index], message: 'this label is given twice' }]
      : [],
  )
}
