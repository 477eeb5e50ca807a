import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CreateModelCommand } from '@aws-sdk/client-sagemaker'
import { create as createTar } from 'tar'
import { requiredVariable } from '../sagemaker-process'
import { image, role, startServing, type ServingFixture } from './fixture'

jest.setTimeout(300_000)

/** What tiny_models.py prints. */
interface Made {
  context: string
  answered: { answer: string; start: number; end: number }
  written: object[]
  unknown: string
}

let serving: ServingFixture
let folder: string
let made: Made
beforeAll(async () => {
  serving = await startServing()
  folder = await mkdtemp(join(tmpdir(), 'holdfast-tiny-'))
  const script = join(__dirname, 'tiny_models.py')
  const python = requiredVariable('HOLDFAST_PYTHON')
  const { stdout } = await promisify(execFile)(python, ['-B', script, folder], { timeout: 180_000 })
  made = JSON.parse(stdout) as Made
})
afterAll(async () => {
  await serving.close()
  await rm(folder, { recursive: true, force: true })
})

async function deploy(name: string, Environment: Record<string, string>): Promise<void> {
  const file = join(folder, `${name}.tar.gz`)
  await createTar({ gzip: true, cwd: join(folder, name), file }, ['.'])
  const ModelDataUrl = await serving.put(`${name}.tar.gz`, await readFile(file))
  await serving.sagemaker.send(
    new CreateModelCommand({
      ModelName: name,
      ExecutionRoleArn: role,
      PrimaryContainer: { Image: image, ModelDataUrl, Environment },
    }),
  )
  await serving.endpoint({ name, models: [{ model: name }] })
  expect(await serving.settled(name)).toMatchObject({ EndpointStatus: 'InService' })
}

async function ask(EndpointName: string, body: unknown, members: Record<string, string> = {}) {
  const answer = await serving.runtime('invoke_endpoint', {
    EndpointName,
    ContentType: 'application/json',
    Body: typeof body === 'string' ? body : JSON.stringify(body),
    ...members,
  })
  if (answer.Body === undefined) throw new Error(JSON.stringify(answer))
  return answer.Body
}

test('a model without code serves the task of its architecture, as JSON and as CSV', async () => {
  await deploy('classifier', {})
  const inputs = ['good film', 'bad film']
  const found = JSON.parse(await ask('classifier', { inputs })) as object[]
  const prediction = {
    label: expect.stringMatching(/^(NEGATIVE|POSITIVE)$/) as string,
    score: expect.any(Number) as number,
  }
  expect(found).toEqual([prediction, prediction])
  const all = await ask('classifier', { inputs: 'good film', parameters: { top_k: 2 } })
  expect(JSON.parse(all)).toHaveLength(2)
  const table = await ask('classifier', 'inputs\ngood film\nbad film\n', {
    ContentType: 'text/csv',
    Accept: 'text/csv',
  })
  expect(table.trim().split('\r\n')).toEqual([
    'label,score',
    expect.stringMatching(/^(NEGATIVE|POSITIVE),0\.\d+$/),
    expect.stringMatching(/^(NEGATIVE|POSITIVE),0\.\d+$/),
  ])
})

test('HF_TASK names tasks of the images that the newest transformers has no pipeline for', () => {
  const { context, answered, written, unknown } = made
  expect(answered.answer).not.toBe('')
  expect(context.slice(answered.start, answered.end)).toBe(answered.answer)
  expect(written).toEqual([{ summary_text: expect.any(String) as string }])
  expect(unknown).toBe('HF_TASK nonsense is not a task of the installed transformers')
})
