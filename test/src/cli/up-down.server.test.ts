import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCli } from '../../../src/cli/run-cli'
import { attachPlatform, stopPlatform, type ServiceName } from '../../../src/local/platform'
import { aCli } from './a-cli'

jest.setTimeout(300_000)

const folder = mkdtempSync(join(tmpdir(), 'holdfast-up-'))
const dataDir = join(folder, 'data')
afterAll(async () => {
  await stopPlatform({ dataDir })
  rmSync(folder, { recursive: true, force: true })
})

async function holdfast(...args: string[]): Promise<{ code: number; err: string }> {
  const cli = aCli()
  await runCli(cli, ['--data-dir', dataDir, ...args])
  return { code: cli.exitCode, err: cli.err() }
}

test('a platform that was killed is named by every command that would use it, until down', async () => {
  mkdirSync(dataDir)
  writeFileSync(join(dataDir, 'scenario.yaml'), 'seed: 7\n')
  const up = await holdfast('up', '--detach', '--no-worker', '--runner', 'scripted')
  expect(up).toMatchObject({ code: 0, err: expect.stringContaining('scenario.yaml') as string })
  expect(await holdfast('ls', '--json')).toEqual({ code: 0, err: '' })

  const platform = await attachPlatform({ dataDir })
  for (const name of Object.keys(platform?.services ?? {}))
    await platform?.kill(name as ServiceName)
  for (const command of [['ls'], ['models'], ['predict', 'reviews', 'fine'], ['worker']]) {
    const { code, err } = await holdfast(...command)
    expect(code).toBe(5)
    expect(err).toContain('E_PLATFORM_DOWN')
    expect(err).toContain('holdfast up')
  }

  expect(await holdfast('down')).toEqual({ code: 0, err: 'Stopped.\n' })
  expect(await holdfast('down')).toEqual({ code: 0, err: `Nothing runs in ${dataDir}.\n` })
})
