import { join } from 'node:path'

import { runCli } from '../../../src/cli/run-cli'
import type { SpotReadiness } from '../../../src/init/spot-readiness'
import { packageRoot } from '../../../src/package-root'
import { aCli } from './a-cli'

const ready = join(packageRoot(), 'training', 'train.py')
const notReady = join(__dirname, '..', 'init', 'fixtures', 'plain_argparse.py')
const risky = join(__dirname, '..', 'init', 'fixtures', 'hf_arguments.py')

async function doctor(...args: string[]) {
  const cli = aCli({ env: { PATH: process.env['PATH'] } })
  await runCli(cli, ['doctor', ...args])
  return { code: cli.exitCode, out: cli.out(), err: cli.err() }
}

test.each([
  ['a script that is ready', ready, 'ready', 0],
  ['a script with a risk', risky, 'ready with risk', 0],
  ['a script that is not ready', notReady, 'not ready', 1],
])('doctor of %s says so and ends as its verdict', async (_, script, verdict, code) => {
  const shown = await doctor(script)
  expect(shown.err).toBe('')
  expect(shown.out.split('\n')[0]).toBe(`${script} is ${verdict} for spot.`)
  expect(shown.code).toBe(code)

  const { out } = await doctor(script, '--json')
  const found = JSON.parse(out) as SpotReadiness & { script: string }
  expect(found).toMatchObject({ script, verdict })
  expect(found.findings.length).toBeGreaterThan(3)
})

test('the worst comes first, with its line, the reason and the fix', async () => {
  const { out } = await doctor(notReady)
  expect(out.split('\n').slice(2, 6)).toEqual([
    '✗ line 29: it saves checkpoints to SM_MODEL_DIR',
    '    only /opt/ml/checkpoints is carried to S3 and back: all else is lost with',
    '    the machine; and the checkpoints would be packed into model.tar.gz',
    '    fix: output_dir="/opt/ml/checkpoints", or a flag that the hyperparameter sets to it',
  ])
})

test('a script that is not there is a usage error', async () => {
  const { code, err } = await doctor(join(__dirname, 'absent.py'))
  expect(code).toBe(2)
  expect(err).toContain('no such script')
})
