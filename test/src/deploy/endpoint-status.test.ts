import { EndpointStatus } from '@aws-sdk/client-sagemaker'

import { isBroken, standingOf, stuckError } from '../../../src/deploy/endpoint-status'

test('of all that the service says of an endpoint three words end a wait without its being in service', () => {
  const standings = Object.values(EndpointStatus).map((status) => [status, standingOf(status)])
  expect(Object.fromEntries(standings)).toEqual({
    InService: 'in service',
    Creating: 'changing',
    Updating: 'changing',
    SystemUpdating: 'changing',
    RollingBack: 'changing',
    Deleting: 'changing',
    OutOfService: 'stuck',
    UpdateRollbackFailed: 'stuck',
    Failed: 'failed',
  })
  expect(Object.values(EndpointStatus).filter(isBroken).sort()).toEqual([
    'Failed',
    'OutOfService',
    'UpdateRollbackFailed',
  ])
})

test('a word that the service may say tomorrow is waited for, and so is none', () => {
  for (const word of ['Paused', 'inservice', '', 'Unknown', '__proto__', 'toString'])
    expect([word, standingOf(word)]).toEqual([word, 'changing'])
})

test('of an endpoint that is stuck its status, the service’s reason and the way out are said', () => {
  const said = (status: string, why?: string) =>
    stuckError({ endpointName: 'reviews', status, ...(why !== undefined && { why }) })
  expect(said('OutOfService', 'no instance is healthy')).toEqual({
    code: 'E_ENDPOINT_STUCK',
    message: 'reviews is OutOfService, and takes no requests: no instance is healthy',
    hint: '`holdfast rollback reviews` asks for the version before alone; or `holdfast undeploy reviews`, and deploy again',
  })
  expect(said('UpdateRollbackFailed').message).toMatch(
    /^reviews is UpdateRollbackFailed, and instances of two configurations serve: /,
  )
  expect(said('Failed').hint).toMatch(/^deploy again: /)
})
