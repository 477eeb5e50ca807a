import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { create } from 'tar'
import { processingScript } from '../../../src/estimator/processing-script'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-processing-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Runs the script under bash with its folder moved here, and stand-ins for pip, python and aws. */
async function run(options: { script: string; files: Record<string, string> }) {
  const bin = join(folder, 'bin')
  await mkdir(bin)
  for (const name of ['pip', 'python', 'aws']) {
    await writeFile(join(bin, name), `#!/bin/sh\necho ${name} "$@"\n`)
    await chmod(join(bin, name), 0o755)
  }
  for (const [name, text] of Object.entries(options.files))
    await writeFile(join(folder, name), text)
  const file = join(folder, 'sourcedir.tar.gz')
  await create({ file, gzip: true, cwd: folder }, Object.keys(options.files))
  const here = options.script.replace('/opt/ml/processing/input/code/', folder)
  await writeFile(join(folder, 'runproc.sh'), here)
  const env = { PATH: `${bin}:/usr/bin:/bin` }
  const command = promisify(execFile)
  return command('/bin/bash', [join(folder, 'runproc.sh'), 'a b', 'c'], { env, timeout: 50_000 })
}

test('the script gets the arguments of the job as they are', async () => {
  const script = processingScript({ command: ['sh'], script: 'count.sh' })
  const { stdout } = await run({ script, files: { 'count.sh': 'echo "$# arguments, first: $1"' } })
  expect(stdout).toBe('2 arguments, first: a b\n')
})

test('requirements are installed first, from CodeArtifact where it is given', async () => {
  const script = processingScript({
    command: ['sh'],
    script: 'done.sh',
    codeartifactRepoArn: 'arn:aws:codeartifact:us-west-2:111122223333:repository/domain/packages',
  })
  const files = { 'done.sh': 'echo done', 'requirements.txt': 'numpy\n' }
  const { stdout } = await run({ script, files })
  expect(stdout.trim().split('\n')).toEqual([
    'aws codeartifact login --tool pip --domain domain --domain-owner 111122223333 --repository packages --region us-west-2',
    'pip uninstall --yes typing',
    'python -m pip install -r requirements.txt',
    'done',
  ])
})

test("the job ends with the script's exit code", async () => {
  const script = processingScript({ command: ['sh'], script: 'fail.sh' })
  await expect(run({ script, files: { 'fail.sh': 'exit 7' } })).rejects.toMatchObject({ code: 7 })
})

test('a name with signs of the shell in it is a name', async () => {
  const name = "it's; echo not.sh"
  const script = processingScript({ command: ['sh'], script: name })
  const { stdout } = await run({ script, files: { [name]: 'echo ran' } })
  expect(stdout).toBe('ran\n')
})
