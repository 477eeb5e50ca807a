import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { list } from 'tar'
import { HoldfastError } from '../../../src/errors'
import { packCode } from '../../../src/estimator/code-archive'
import { codeLocation, putCodeRequest } from '../../../src/estimator/code-location'
import { createTrainingJobRequest } from '../../../src/estimator/training-job-request'
import { packageRoot } from '../../../src/package-root'
import { estimatorOf, inputsOf, readCases, sessionOf } from './oracle-cases'
import type { Expected, OracleCase } from './oracle-cases'

const shared = join(packageRoot(), '..', 'shared', 'oracle', 'estimator')
const folder = existsSync(shared) ? shared : join(__dirname, 'fixtures', 'oracle')
if (folder !== shared) console.log('recorded cases not found: only the getting-started case is run')

const jobName = (expected: Expected): string => {
  const create = expected.calls.find(({ op }) => op === 'CreateTrainingJob')
  return (create?.params['TrainingJobName'] as string | undefined) ?? 'refused'
}

let scratch: string
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'holdfast-oracle-'))
})
afterAll(() => rm(scratch, { recursive: true, force: true }))

async function ourCalls(one: OracleCase, name: string) {
  const session = sessionOf(one)
  const estimator = await estimatorOf(one, { fixtures: join(folder, 'fixtures'), scratch })
  const location = codeLocation({ estimator, jobName: name, session })
  const request = createTrainingJobRequest({
    estimator,
    jobName: name,
    inputs: inputsOf(one),
    session,
    codeUri: location?.uri ?? estimator.sourceDir ?? '',
  })
  if (!location) return { request, put: {}, members: undefined }
  const outFile = join(scratch, `${one.name}.tar.gz`)
  await packCode({ ...estimator, outFile })
  const members: string[] = []
  await list({ file: outFile, onReadEntry: (entry) => members.push(entry.path) })
  return { request, put: putCodeRequest({ estimator, location, session }), members }
}

describe('requests equal what the Python SDK sent', () => {
  let cases: OracleCase[] = []
  beforeAll(async () => {
    cases = await readCases(folder)
  })

  test('for every recorded training case, and each of its refusals is refused', async () => {
    const differences: string[] = []
    for (const one of cases) {
      const file = join(folder, 'expected', `${one.name}.json`)
      const expected = JSON.parse(await readFile(file, 'utf8')) as Expected
      const difference = await differenceOf(one, expected)
      if (difference) differences.push(`${one.name}: ${difference}`)
    }
    expect(differences).toEqual([])
    expect(cases.length).toBeGreaterThan(0)
  }, 60_000)
})

async function differenceOf(one: OracleCase, expected: Expected): Promise<string | undefined> {
  try {
    const ours = await ourCalls(one, jobName(expected))
    if (expected.error) return `should be refused: ${expected.error.message_head}`
    const params = (op: string) => expected.calls.find((call) => call.op === op)?.params
    // The client chooses the checksum.
    const { Body, ...put } = { ...params('PutObject') }
    delete put['ChecksumAlgorithm']
    expect(ours.request).toEqual(params('CreateTrainingJob'))
    expect(ours.put).toEqual(put)
    expect(ours.members).toEqual((Body as { $tar: string[] } | undefined)?.$tar)
    return undefined
  } catch (error) {
    if (expected.error && error instanceof HoldfastError) return undefined
    return error instanceof Error ? error.message : String(error)
  }
}
