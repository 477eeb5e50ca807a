/** The files that a config names: looked at, never opened. */

import { realpathSync } from 'node:fs'
import { basename, join, relative, resolve, sep } from 'node:path'
import { checkGitPaths } from './check-git-paths'
import type { ConfigPath, Finding } from './fault'
import { formatOf, isS3, kindOf, locate, modelSource } from './locations'
import type { Base } from './locations'
import type { Raw } from './raw'

export function checkFiles(raw: Raw, base: Base): { findings: Finding[]; warnings: string[] } {
  const warnings: string[] = []
  const findings = [
    ...checkDatasetFile(raw, base),
    ...checkModel(raw, base, warnings),
    ...checkCode(raw, base),
    ...checkEvaluation(raw, base),
  ]
  return { findings, warnings }
}

function checkDatasetFile(raw: Raw, base: Base): Finding[] {
  const written = raw.text('dataset', 'path')
  if (written === undefined) return []
  const path: ConfigPath = ['dataset', 'path']
  if (raw.text('dataset', 'format') === 'arrow') return checkSavedRows(written, path, base)
  const findings: Finding[] = []
  if (!raw.has('dataset', 'format') && formatOf(written) === undefined) {
    findings.push({
      path,
      message: 'the ending does not tell the format',
      hint: 'add dataset.format: csv, tsv, jsonl, or arrow for a folder',
    })
  }
  if (isS3(written)) {
    const whole = /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/.+[^/]$/.test(written)
    return whole
      ? findings
      : [{ path, message: 'not an S3 object', hint: 'it looks like "s3://bucket/data.csv"' }]
  }
  if (written.includes('://')) {
    return [{ path, message: 'not a local file and not s3://', hint: 'download it first' }]
  }
  const place = locate(written, base)
  const kind = kindOf(place)
  if (kind === 'file') return findings
  const found = kind === undefined ? 'no such file' : `a ${kind}, not a file`
  return [
    {
      path,
      message: `${found}: ${place}`,
      hint: 'paths are relative to the config; use a CSV, TSV or JSONL file',
    },
  ]
}

/** A folder with a folder for each split; what lies in S3 is looked at when a run begins. */
function checkSavedRows(written: string, path: ConfigPath, base: Base): Finding[] {
  if (isS3(written)) return []
  const place = locate(written, base)
  const missing = ['train', 'test'].filter(
    (split) => kindOf(join(place, split, 'state.json')) !== 'file',
  )
  if (missing.length === 0) return []
  return [
    {
      path,
      message: `no ${missing.map((split) => `${split}/state.json`).join(' and no ')} in ${place}`,
      hint: 'write the rows with DatasetDict.save_to_disk, in splits train and test',
    },
  ]
}

function checkModel(raw: Raw, base: Base, warnings: string[]): Finding[] {
  const written = raw.text('model')
  if (written === undefined) return []
  const path: ConfigPath = ['model']
  const model = modelSource(written, base)
  if (model.kind === 'hub') {
    const sane =
      /^[A-Za-z0-9][\w.-]*(\/[\w.-]+)?$/.test(model.id) &&
      model.id.length <= 96 &&
      !/--|\.\./.test(model.id)
    const pinned = model.revision === undefined || /^[\w./-]{1,128}$/.test(model.revision)
    if (sane && pinned) return []
    return [
      {
        path,
        message: 'neither a Hub id nor a directory',
        hint: 'such as "distilbert-base-uncased", "org/model@revision" or "./models/mine"',
      },
    ]
  }
  if (isS3(model.path)) return []
  const kind = kindOf(model.path)
  if (kind !== 'directory') {
    return [
      {
        path,
        message: kind ? `not a directory: ${model.path}` : `no such directory: ${model.path}`,
        hint: 'a Hub id has no ./ in front of it',
      },
    ]
  }
  if (kindOf(join(model.path, 'config.json')) !== 'file') {
    return [
      {
        path,
        message: `no config.json in ${model.path}`,
        hint: 'save the model there with save_pretrained',
      },
    ]
  }
  if (kindOf(join(model.path, 'tokenizer.json')) !== 'file') {
    warnings.push(`model: no tokenizer.json in ${model.path}; save the fast tokenizer there`)
  }
  return []
}

function checkCode(raw: Raw, base: Base): Finding[] {
  if (raw.has('train', 'gitConfig')) return checkGitPaths(raw)
  const findings: Finding[] = []
  const entryPoint = raw.text('train', 'entryPoint')
  const sourceDir = raw.text('train', 'sourceDir')
  if (entryPoint !== undefined && !entryPoint.endsWith('.py')) {
    findings.push({
      path: ['train', 'entryPoint'],
      message: 'not a Python script',
      hint: 'it must end in .py',
    })
  }
  raw.list('train', 'dependencies').forEach((dependency, index) => {
    if (typeof dependency !== 'string' || dependency === '') return
    const place = locate(dependency, base)
    if (isS3(dependency) || kindOf(place) === undefined) {
      findings.push({
        path: ['train', 'dependencies', index],
        message: `no such file or directory: ${place}`,
      })
    }
  })
  if (sourceDir === undefined) return findings
  const path: ConfigPath = ['train', 'sourceDir']
  if (isS3(sourceDir)) {
    if (!sourceDir.endsWith('.tar.gz')) {
      findings.push({
        path,
        message: 'code on S3 must be one archive',
        hint: 'such as s3://bucket/code/sourcedir.tar.gz',
      })
    }
    return findings
  }
  const folder = locate(sourceDir, base)
  const kind = kindOf(folder)
  if (kind !== 'directory') {
    findings.push({
      path,
      message: `${kind ? 'not a directory' : 'no such directory'}: ${folder}`,
      hint: 'relative to the config',
    })
    return findings
  }
  if (entryPoint === undefined) return findings
  const inside = checkInside(folder, entryPoint)
  if (inside) findings.push({ path: ['train', 'entryPoint'], ...inside })
  return findings
}

/** The script must be a file that really lies in the folder which is sent, links followed. */
export function checkInside(
  folder: string,
  entryPoint: string,
): { message: string; hint?: string } | undefined {
  const script = resolve(folder, entryPoint)
  if (isOutside(folder, script)) {
    return {
      message: 'outside sourceDir, and only sourceDir is sent',
      hint: 'entryPoint is relative to sourceDir',
    }
  }
  if (kindOf(script) !== 'file') {
    const hint =
      kindOf(join(folder, basename(entryPoint))) === 'file'
        ? `did you mean "${basename(entryPoint)}"? It is relative to sourceDir`
        : undefined
    return { message: `no such file: ${script}`, ...(hint ? { hint } : {}) }
  }
  if (isOutside(realpathSync(folder), realpathSync(script))) {
    return { message: 'a link that leads out of sourceDir', hint: 'copy the file into sourceDir' }
  }
  return undefined
}

function isOutside(folder: string, file: string): boolean {
  const way = relative(folder, file)
  return way === '' || way === '..' || way.startsWith(`..${sep}`)
}

function checkEvaluation(raw: Raw, base: Base): Finding[] {
  const written = raw.text('evaluate', 'entryPoint')
  if (written === undefined) return []
  const path: ConfigPath = ['evaluate', 'entryPoint']
  if (!written.endsWith('.py'))
    return [{ path, message: 'not a Python script', hint: 'it must end in .py' }]
  const place = locate(written, base)
  return kindOf(place) === 'file'
    ? []
    : [{ path, message: `no such file: ${place}`, hint: 'relative to the config' }]
}
