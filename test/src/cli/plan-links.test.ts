import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { runCli } from '../../../src/cli/run-cli'
import { makeProject } from '../config/helpers'
import { aCli } from './a-cli'

const project = makeProject()
afterAll(project.remove)

test('plan refuses code with a link that leads out of it, before anything is created', async () => {
  const file = project.write('pipeline.yaml', '')
  mkdirSync(join(project.folder, 'linked'))
  project.write('linked/train.py', 'print("hello")\n')
  symlinkSync('/etc/hostname', join(project.folder, 'linked', 'secret'))
  project.write(
    'pipeline.yaml',
    [
      'name: linked',
      'train:',
      '  entryPoint: train.py',
      '  sourceDir: ./linked',
      '  transformersVersion: "4.56"',
      '  pytorchVersion: "2.8"',
      '  pyVersion: py312',
      '  instanceType: ml.g5.xlarge',
    ].join('\n'),
  )
  const env = { AWS_REGION: 'eu-west-1', HOME: project.folder, XDG_CACHE_HOME: project.folder }
  const cli = aCli({ env })
  await runCli(cli, ['plan', '--data-dir', join(project.folder, 'none'), '-f', file])
  expect(cli.exitCode).not.toBe(0)
  expect(cli.err()).toContain('E_CODE_LINK')
})
