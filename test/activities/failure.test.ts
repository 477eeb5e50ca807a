import { ApplicationFailure, CancelledFailure } from '@temporalio/common'
import { MockActivityEnvironment } from '@temporalio/testing'
import { DefaultLogger } from '@temporalio/worker'

import type { Dependencies } from '../../activities'
import { accessPatience, ActivityEdge, toFailure } from '../../activities/failure'
import { HoldfastError } from '../../src/errors'

const named = (name: string, more: object = {}) =>
  Object.assign(new Error('words'), { name, ...more })
const failureOf = (error: unknown) => toFailure(error) as ApplicationFailure

test.each([
  ['ThrottlingException', 'E_UNEXPECTED', true],
  ['InternalFailure', 'E_UNEXPECTED', true],
  ['ECONNREFUSED', 'E_UNEXPECTED', true],
  ['ExpiredTokenException', 'E_CREDENTIALS', true],
  ['SomethingNew', 'E_UNEXPECTED', true],
  ['ResourceInUse', 'E_UNEXPECTED', false],
  ['ResourceLimitExceeded', 'E_QUOTA', false],
  ['AccessDeniedException', 'E_ACCESS_DENIED', false],
  ['ResourceNotFound', 'E_NOT_FOUND', false],
  ['ValidationException', 'E_REQUEST_REFUSED', false],
])('%s becomes %s, tried again: %p', (name, type, again) => {
  const failure = failureOf(named(name))
  expect(failure).toBeInstanceOf(ApplicationFailure)
  expect([failure.type, !failure.nonRetryable]).toEqual([type, again])
  expect(failure.message).toBe(`${name}: words`)
})

test('an error of ours is final and carries where and how to mend it', () => {
  const failure = failureOf(
    new HoldfastError({ code: 'E_NO_ROLE', what: 'no role', where: 'train.role', hint: 'set it' }),
  )
  expect(failure).toMatchObject({
    type: 'E_NO_ROLE',
    message: 'no role',
    nonRetryable: true,
    details: [{ where: 'train.role', hint: 'set it' }],
  })
})

test.each(['E_S3_STALLED', 'E_JOB_NOT_YET_VISIBLE'])('%s is tried again', (code) => {
  expect(failureOf(new HoldfastError({ code, what: 'w' })).nonRetryable).toBe(false)
})

test('what only a person can mend is final, and waited for where a model is paid for', () => {
  const gone = new HoldfastError({ code: 'E_CHAMPION_GONE', what: 'w' })
  expect(toFailure(gone)).toMatchObject({ nonRetryable: true })
  expect(toFailure(gone, { paid: true })).toMatchObject({ nonRetryable: false })
})

test.each([new TypeError('x of undefined'), new RangeError('r'), new ReferenceError('y')])(
  'a bug of ours is not tried again: %s',
  (bug) => expect(failureOf(bug)).toMatchObject({ type: 'E_BUG', nonRetryable: true }),
)

test('a network error that fetch wraps in a TypeError is no bug', () => {
  const cause = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
  expect(failureOf(new TypeError('fetch failed', { cause })).nonRetryable).toBe(false)
})

test.each(['text', undefined, null, 7])('whatever is thrown becomes a failure: %p', (thrown) => {
  expect(failureOf(thrown)).toBeInstanceOf(ApplicationFailure)
})

test('what is a Temporal failure already passes as it is', () => {
  for (const failure of [new CancelledFailure('x'), ApplicationFailure.create({ type: 'NotYet' })])
    expect(toFailure(failure)).toBe(failure)
})

test('a permission that is lost after the training was paid for may come back', () => {
  const denied = named('AccessDeniedException')
  expect(toFailure(denied)).toMatchObject({ nonRetryable: true })
  expect(toFailure(denied, { paid: true })).toMatchObject({ nonRetryable: false })
})

test.each(['E_BUCKET_NOT_OURS', 'E_SECRET_MISSING'])(
  'what a worker lacks is refused before a payment, and waited for after one: %s',
  (code) => {
    const error = new HoldfastError({ code, what: 'w', hint: 'h' })
    expect(toFailure(error)).toMatchObject({ type: code, nonRetryable: true })
    expect(toFailure(error, { paid: true })).toMatchObject({ type: code, nonRetryable: false })
  },
)

const hour = 3_600_000

describe('credentials that are gone', () => {
  const expired = named('ExpiredTokenException')

  test('are waited for six hours, ever more seldom, and then end the run with what mends it', () => {
    const delays = [0, hour / 60, 5 * hour].map((lostFor) => {
      const failure = toFailure(expired, { lostFor }) as ApplicationFailure
      expect(failure.nonRetryable).toBe(false)
      return Number(failure.nextRetryDelay)
    })
    expect(delays).toEqual([5_000, 30_000, 300_000])
    const hint = expect.stringContaining('aws sts get-caller-identity') as string
    expect(toFailure(expired, { lostFor: accessPatience })).toMatchObject({
      type: 'E_CREDENTIALS',
      nonRetryable: true,
      details: [{ hint }],
    })
  })

  test('are waited for as long as Temporal tries once something was paid for, and so is a permission', () => {
    for (const error of [expired, named('AccessDeniedException')])
      expect(toFailure(error, { paid: true, lostFor: 2 * accessPatience })).toMatchObject({
        nonRetryable: false,
        nextRetryDelay: 300_000,
      })
    expect(toFailure(named('AccessDeniedException'))).toMatchObject({ nonRetryable: true })
  })

  test.each(['ExpiredTokenException', 'InvalidClientTokenId', 'AccessDeniedException'])(
    'never end what watches or stops a job: %s',
    (name) => {
      const failure = toFailure(named(name), { guards: true, lostFor: 100 * accessPatience })
      expect(failure).toMatchObject({ nonRetryable: false })
    },
  )
})

test('no failure carries a secret that an error’s words held', () => {
  const error = new Error('refused for AKIAIOSFODNN7EXAMPLE')
  expect(toFailure(error).message).not.toContain('AKIAIOSFODNN7EXAMPLE')
  const [what, where, hint] = ['what', 'where', 'hint'].map((of) => `${of} hf_0123456789abcdefghij`)
  const ours = toFailure(new HoldfastError({ code: 'E_FEED', what: what ?? '', where, hint }))
  expect(ours).toMatchObject({
    message: 'what hf_0…',
    details: [{ where: 'where hf_0…', hint: 'hint hf_0…' }],
  })
})

describe('around an activity', () => {
  const deps = { account: () => Promise.resolve('111122223333'), region: 'us-east-1' }
  const edge = new ActivityEdge(deps as Dependencies)
  const site = { account: '111122223333', region: 'us-east-1' }
  const run = (args: unknown[], work: () => Promise<unknown>, environment = quiet()) =>
    environment.run(() => edge.execute({ args, headers: {} }, work))
  const quiet = () => new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') })

  test('a result passes, and an error is classified', async () => {
    await expect(run([{ site }], () => Promise.resolve(7))).resolves.toBe(7)
    await expect(run([], () => Promise.resolve(undefined))).resolves.toBeUndefined()
    const denied = run([{ site }], () => Promise.reject(named('AccessDenied')))
    await expect(denied).rejects.toMatchObject({ type: 'E_ACCESS_DENIED' })
  })

  test.each(['sealArtifact', 'readChampion', 'freezeEvaluation', 'readEvaluation', 'publish'])(
    'a model that was paid for is not given up because %s is denied for a while',
    async (activityType) => {
      const environment = new MockActivityEnvironment(
        { activityType },
        { logger: new DefaultLogger('ERROR') },
      )
      const denied = () => Promise.reject(named('AccessDenied'))
      await expect(run([{ site }], denied, environment)).rejects.toMatchObject({
        type: 'E_ACCESS_DENIED',
        nonRetryable: false,
      })
    },
  )

  test.each([{ account: '999988887777' }, { region: 'eu-west-1' }])(
    'a run that belongs elsewhere (%p) is left to another worker',
    async (elsewhere) => {
      const work = jest.fn(() => Promise.resolve())
      await expect(run([{ site: { ...site, ...elsewhere } }], work)).rejects.toMatchObject({
        type: 'E_WRONG_WORKER',
        nonRetryable: false,
      })
      expect(work).not.toHaveBeenCalled()
    },
  )

  test('a result too large for a history is refused, and its largest field named', async () => {
    const large = { note: 'small', rows: 'x'.repeat(300_000) }
    await expect(run([], () => Promise.resolve(large))).rejects.toMatchObject({
      type: 'E_PAYLOAD_TOO_LARGE',
      nonRetryable: true,
      details: [{ where: expect.stringContaining('rows') as string }],
    })
  })

  test('the hours without credentials are counted from the first try that failed for it, on any worker', async () => {
    const expired = () => Promise.reject(named('ExpiredToken'))
    const beats: { accessLostSince: number }[] = []
    const tryAgain = async (
      heartbeatDetails: unknown,
      activityType = 'createJob',
    ): Promise<ApplicationFailure> => {
      const environment = new MockActivityEnvironment(
        { heartbeatDetails, activityType },
        { logger: new DefaultLogger('ERROR') },
      )
      environment.on('heartbeat', (details: { accessLostSince: number }) => beats.push(details))
      return run([{ site }], expired, environment).then(
        () => Promise.reject(new Error('it passed')),
        (error: ApplicationFailure) => error,
      )
    }
    const began = Date.now()
    await expect(tryAgain(undefined)).resolves.toMatchObject({ nonRetryable: false })
    expect(beats.at(-1)?.accessLostSince).toBeGreaterThanOrEqual(began)
    const late = { accessLostSince: began - accessPatience }
    await expect(tryAgain(late)).resolves.toMatchObject({
      type: 'E_CREDENTIALS',
      nonRetryable: true,
    })
    expect(beats.at(-1)).toEqual(late)
    await expect(tryAgain(late, 'stopJob')).resolves.toMatchObject({ nonRetryable: false })
    // Another trouble in between does not count, and the next want of access begins anew.
    await expect(tryAgain({ status: 'InProgress' })).resolves.toMatchObject({ nonRetryable: false })
  })

  test('an abort is a cancellation only when the activity was cancelled', async () => {
    const abort = () => Promise.reject(named('AbortError'))
    await expect(run([], abort)).rejects.toMatchObject({ type: 'E_UNEXPECTED' })
    const environment = quiet()
    environment.cancel()
    await expect(run([], abort, environment)).rejects.toBeInstanceOf(CancelledFailure)
  })
})
