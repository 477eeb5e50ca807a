/** The script that deploy.yaml names: looked at, never opened. */

import { checkInside } from './check-files'
import type { Finding } from './fault'
import { isS3, kindOf, locate } from './locations'
import type { Base } from './locations'
import type { Raw } from './raw'

export function checkDeployFiles(raw: Raw, base: Base): Finding[] {
  const entryPoint = raw.text('model', 'entryPoint')
  if (entryPoint === undefined) return withoutScript(raw)
  return [
    ...checkArchive(raw),
    ...checkScript({ raw, base, entryPoint }),
    ...checkDependencies(raw, base),
  ]
}

function withoutScript(raw: Raw): Finding[] {
  return ['sourceDir', 'dependencies', 'codeLocation', 'modelKmsKey']
    .filter((key) => raw.has('model', key))
    .map((key) => ({
      path: ['model', key],
      at: 'key',
      message: 'not read without entryPoint',
      hint: `name the script, or remove ${key}`,
    }))
}

/** A script is packed into the archive of the model, so there must be one. */
function checkArchive(raw: Raw): Finding[] {
  const isArchive = typeof raw.value('model', 'modelData') === 'string'
  if (isArchive || raw.has('model', 'published')) return []
  return [
    {
      path: ['model', 'entryPoint'],
      at: 'key',
      message: 'no model.tar.gz that the script could be packed into',
      hint: 'give modelData as the s3:// URI of an archive, or published, or remove entryPoint',
    },
  ]
}

function checkScript(options: { raw: Raw; base: Base; entryPoint: string }): Finding[] {
  const { raw, base, entryPoint } = options
  const path = ['model', 'entryPoint']
  if (!entryPoint.endsWith('.py'))
    return [{ path, message: 'not a Python script', hint: 'it must end in .py' }]
  const sourceDir = raw.text('model', 'sourceDir')
  if (sourceDir === undefined) {
    const place = locate(entryPoint, base)
    const message = `no such file: ${place}`
    return kindOf(place) === 'file' ? [] : [{ path, message, hint: 'relative to this file' }]
  }
  const folderPath = ['model', 'sourceDir']
  if (isS3(sourceDir)) {
    const message = 'code on S3 must be one archive'
    const hint = 'such as s3://bucket/code/sourcedir.tar.gz'
    return sourceDir.endsWith('.tar.gz') ? [] : [{ path: folderPath, message, hint }]
  }
  const folder = locate(sourceDir, base)
  if (kindOf(folder) !== 'directory')
    return [{ path: folderPath, message: `no such directory: ${folder}` }]
  const inside = checkInside(folder, entryPoint)
  return inside ? [{ path, ...inside }] : []
}

function checkDependencies(raw: Raw, base: Base): Finding[] {
  return raw.list('model', 'dependencies').flatMap((dependency, index): Finding[] => {
    if (typeof dependency !== 'string' || dependency === '') return []
    const place = locate(dependency, base)
    if (!isS3(dependency) && kindOf(place) !== undefined) return []
    const path = ['model', 'dependencies', index]
    return [{ path, message: `no such file or directory: ${place}` }]
  })
}
