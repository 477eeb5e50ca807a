import { join } from 'node:path'
import { runCli } from '../../../src/cli/run-cli'
import type { DeployPlan } from '../../../src/plan/plan-deploy'
import { hubDeploy } from '../config/deploy-helpers'
import { makeProject } from '../config/helpers'
import { aCli } from './a-cli'

const project = makeProject()
afterAll(project.remove)

const file = project.write('deploy.yaml', hubDeploy)
const prices = project.write('prices.yaml', 'region: eu-west-1\nprices: { ml.m5.xlarge: 0.25 }\n')

async function plan(...args: string[]): Promise<ReturnType<typeof aCli>> {
  const env = {
    AWS_REGION: 'eu-west-1',
    SAGEMAKER_ROLE_ARN: 'arn:aws:iam::111122223333:role/sm',
    XDG_CACHE_HOME: join(project.folder, 'cache'),
    HOME: project.folder,
  }
  const cli = aCli({ env })
  await runCli(cli, ['deploy', 'plan', '--data-dir', join(project.folder, 'none'), ...args])
  return cli
}

test('the plan says when the endpoint ends by itself', async () => {
  const living = project.write('living.yaml', `${hubDeploy}ttl: 8h\nidleAfter: 2h\n`)
  expect((await plan('-f', living)).out()).toMatch(
    /ends +8h after this deployment, or after 2h without a request/,
  )
})

test('deploy plan --json prints the calls first, each with service, operation and parameters', async () => {
  const cli = await plan('-f', file, '--json')
  expect(cli.exitCode).toBe(0)
  const printed = JSON.parse(cli.out()) as DeployPlan
  expect(Object.keys(printed)[0]).toBe('calls')
  expect(printed.calls.map((call) => Object.keys(call))).toEqual(
    Array(3).fill(['service', 'op', 'params']),
  )
  expect(printed.calls.map(({ op }) => op)).toEqual([
    'CreateModel',
    'CreateEndpointConfig',
    'CreateEndpoint',
  ])
})

test('deploy plan says to people what would be created, and that nothing has been', async () => {
  const cli = await plan('-f', file)
  expect(cli.out()).toMatch(/^Plan of a deployment: nothing has been created\n/)
  expect(cli.out()).toMatch(/model +gpt2, from the Hub\n/)
  expect(cli.out()).toMatch(
    /image +\S+huggingface-pytorch-inference:1\.13-transformers4\.26-cpu-py39/,
  )
  expect(cli.out()).toContain('unknown: 730 h of ml.m5.xlarge')
  expect(cli.out()).toContain('holdfast prices refresh --region eu-west-1')
  expect(cli.out()).toContain('sagemaker CreateEndpointConfig')
})

test('the plan says that in place of a version that was scaled out more instances are paid for', async () => {
  const { price } = JSON.parse((await plan('-f', file, '--json')).out()) as DeployPlan
  expect(price.basis).toContain('begins with as many instances as run then')
  expect((await plan('-f', file)).out().replaceAll(/\s+/g, ' ')).toContain(price.basis)
})

test('the file is an argument or -f, as in deploy run; two different ones are refused', async () => {
  expect((await plan(file)).out()).toMatch(/^Plan of a deployment: nothing has been created\n/)
  const missing = join(project.folder, 'none.yaml')
  const both = await plan(missing, '-f', file)
  expect(both.exitCode).toBe(2)
  expect(both.err()).toContain(`two files are given, ${missing} and ${file}`)
  for (const args of [[missing], ['-f', missing]]) {
    const cli = aCli({ env: {} })
    await runCli(cli, ['deploy', ...args])
    expect(cli.exitCode).toBe(2)
    expect(cli.err()).toContain(`${missing}: no such file`)
  }
})

test('a month is priced from a file of prices, which is named', async () => {
  const cli = await plan('-f', file, '--prices', prices)
  expect(cli.out()).toContain('182.50 USD: 730 h of ml.m5.xlarge')
  expect(cli.out()).toContain(prices)
})

test('a file with faults is a usage error that names them on stderr', async () => {
  const broken = project.write('broken.yaml', hubDeploy.replace('instanceType', 'instanceTyp'))
  const cli = await plan('-f', broken, '--json')
  expect(cli.exitCode).toBe(2)
  expect(cli.out()).toBe('')
  expect(cli.err()).toContain('did you mean "instanceType"?')
})

test('versions without an image are refused with the nearest pairs', async () => {
  const versions = hubDeploy.replace('4.26', '4.56').replace('1.13', '2.8').replace('py39', 'py312')
  const cli = await plan('-f', project.write('newest.yaml', versions))
  expect(cli.exitCode).not.toBe(0)
  expect(cli.err()).toContain('E_NO_IMAGE')
  expect(cli.err()).toContain('nearest pairs')
})
