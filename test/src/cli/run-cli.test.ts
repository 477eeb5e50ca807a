import { runCli } from '../../../src/cli/run-cli'
import { aCli } from './a-cli'

test('help leads with three examples and names the exit codes', async () => {
  const cli = aCli()
  await runCli(cli, ['--help'])
  expect(cli.out()).toMatch(
    /^Examples:\n {2}holdfast demo .*\n {2}holdfast init .*\n {2}holdfast run /,
  )
  expect(cli.out()).toContain('3 rejected by the')
  expect(cli.exitCode).toBe(0)
})

test('help lists every command', async () => {
  const cli = aCli()
  await runCli(cli, ['--help'])
  const names =
    'demo init up down env doctor plan prices run ls status logs attach cancel get predict data worker models'
  for (const name of names.split(' ')) expect(cli.out()).toMatch(new RegExp(`^ {2}${name} `, 'm'))
})

test.each([
  ['an unknown command', ['trian']],
  ['an unknown option', ['run', '--fast']],
  ['a missing argument', ['cancel']],
  ['a bare number as a duration', ['run', '--wait-timeout', '7200']],
  ['a thing that cannot be fetched', ['get', '-', 'weights', '--out', 'x']],
])('%s is a usage error: exit code 2, told on stderr', async (_, args) => {
  const cli = aCli()
  await runCli(cli, args)
  expect(cli.exitCode).toBe(2)
  expect(cli.err()).toContain('error:')
  expect(cli.out()).toBe('')
})

test('no command at all shows the help and is a usage error', async () => {
  const cli = aCli()
  await runCli(cli, [])
  expect(cli.exitCode).toBe(2)
  expect(cli.err()).toContain('Usage: holdfast')
})

test('--version prints the version alone', async () => {
  const cli = aCli()
  await runCli(cli, ['--version'])
  expect(cli.out()).toMatch(/^\d+\.\d+\.\d+\n$/)
})
