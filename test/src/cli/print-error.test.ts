import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { ConfigError } from '../../../src/config/fault'
import { HoldfastError } from '../../../src/errors'
import { printError } from '../../../src/cli/print-error'
import { aCli } from './a-cli'

const quiet = { debug: false }

test('an error is printed on stderr in four parts: what, where, fix, code', () => {
  const cli = aCli()
  const error = new HoldfastError({
    code: 'E_RUN_NOT_FOUND',
    what: 'there is no such run',
    where: 'reviews-9',
    hint: 'holdfast ls lists them',
  })
  printError(cli, error, quiet)
  expect(cli.err()).toBe(
    'error: there is no such run\n  where: reviews-9\n  fix:   holdfast ls lists them\n  code:  E_RUN_NOT_FOUND\n',
  )
  expect(cli.out()).toBe('')
  expect(cli.exitCode).toBe(2)
})

test('every fault of a config is printed with its place, and the exit code is 2', () => {
  const cli = aCli()
  const fault = { file: 'pipeline.yaml', line: 6, column: 3, message: 'unknown key' }
  const faults = [
    { ...fault, path: 'train.entryPont', hint: 'did you mean "entryPoint"?' },
    { ...fault, line: 9, path: 'train.colour' },
  ]
  printError(cli, new ConfigError({ file: 'pipeline.yaml', faults }), quiet)
  expect(cli.err()).toContain('pipeline.yaml:6:3 train.entryPont: unknown key')
  expect(cli.err()).toContain('did you mean "entryPoint"?')
  expect(cli.err()).toContain('pipeline.yaml:9:3 train.colour: unknown key')
  expect(cli.err()).toContain('error: the config has 2 faults')
  expect(cli.exitCode).toBe(2)
})

test('a missing region is said as such, not as a fault of Holdfast', () => {
  const cli = aCli()
  printError(cli, new Error('Region is missing'), quiet)
  expect(cli.err()).toContain('set AWS_REGION')
  expect(cli.err()).toContain('E_REGION_MISSING')
  expect(cli.exitCode).toBe(2)
})

test('refused AWS credentials end with 4 and say what to check', () => {
  const cli = aCli()
  const refused = Object.assign(new Error('The security token has expired'), {
    name: 'ExpiredTokenException',
  })
  printError(cli, new Error('cannot start', { cause: refused }), quiet)
  expect(cli.err()).toContain('code:  E_CREDENTIALS')
  expect(cli.err()).toContain('The security token has expired')
  expect(cli.exitCode).toBe(4)
})

test('an address at which nobody answers ends with 5, also inside an aggregate', () => {
  const cli = aCli()
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:7233'), {
    code: 'ECONNREFUSED',
  })
  printError(cli, new AggregateError([refused], 'all attempts failed'), quiet)
  expect(cli.err()).toContain('127.0.0.1:7233')
  expect(cli.err()).toContain('holdfast up --detach')
  expect(cli.exitCode).toBe(5)
})

test("gRPC's UNAVAILABLE, as Temporal's client wraps it, ends with 5", () => {
  const cli = aCli()
  const cause = Object.assign(new Error('14 UNAVAILABLE: no connection'), { code: 14 })
  printError(cli, new Error('failed to describe', { cause }), quiet)
  expect(cli.exitCode).toBe(5)
})

test('a folder that is a file, a full disk: said as such, not as a fault of Holdfast', async () => {
  const inTheWay = join(tmpdir(), `holdfast-print-error-${process.pid}`)
  writeFileSync(inTheWay, '')
  const cli = aCli()
  try {
    mkdirSync(join(inTheWay, 'logs'), { recursive: true })
  } catch (error) {
    printError(cli, error, quiet)
  } finally {
    rmSync(inTheWay)
  }
  expect(cli.err()).toContain('what should be a folder is a file')
  expect(cli.err()).toContain(`where: ${inTheWay}`)
  expect(cli.err()).toContain('code:  E_FILE_ACCESS')
  expect(cli.exitCode).toBe(2)

  const noRoom = aCli()
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
  })
  printError(noRoom, new Error('cannot save', { cause: full }), quiet)
  expect(noRoom.err()).toContain('code:  E_DISK_FULL')
  expect(noRoom.exitCode).toBe(1)
})

test('an unforeseen error shows its stack and its causes only with --debug', () => {
  const error = new Error('outer', { cause: new Error('inner') })
  const short = aCli()
  printError(short, error, quiet)
  expect(short.err()).toContain('code:  E_UNEXPECTED')
  expect(short.err()).not.toContain('print-error.test')
  const long = aCli()
  printError(long, error, { debug: true })
  expect(long.err()).toContain('print-error.test')
  expect(long.err()).toContain('caused by Error: inner')
  expect(long.exitCode).toBe(1)
})
