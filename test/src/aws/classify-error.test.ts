import {
  classifyAwsError,
  isConflict,
  isNotThere,
  type ErrorKind,
} from '../../../src/aws/classify-error'

const named = (name: string, message = '', more: object = {}) =>
  Object.assign(new Error(message), { name, ...more })
const withStatus = (httpStatusCode: number) => ({
  name: 'UnknownError',
  $metadata: { httpStatusCode },
})

const table: [ErrorKind, string[]][] = [
  ['throttled', ['ThrottlingException', 'TooManyRequestsException', 'SlowDown']],
  ['throttled', ['RequestLimitExceeded', 'ConditionalRequestConflict', 'OperationAborted']],
  ['ambiguous', ['InternalFailure', 'InternalServerError', 'ServiceUnavailable', 'TimeoutError']],
  ['ambiguous', ['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ENOTFOUND', 'SyntaxError']],
  ['conflict', ['ResourceInUse', 'ConflictException', 'PreconditionFailed']],
  ['quota', ['ResourceLimitExceeded']],
  ['credentials', ['ExpiredToken', 'ExpiredTokenException', 'CredentialsProviderError']],
  ['denied', ['AccessDenied', 'AccessDeniedException', 'SignatureDoesNotMatch']],
  ['denied', ['RequestExpired', 'RequestTimeTooSkewed', 'AuthFailure', 'PackedPolicyTooLarge']],
  ['not-found', ['ResourceNotFound', 'NoSuchKey', 'NoSuchBucket', 'NotFound']],
  ['invalid', ['ValidationException', 'EntityTooLarge', 'InvalidObjectState']],
  ['unknown', ['SomethingNew', 'Error', '']],
]

test.each(table.flatMap(([kind, names]) => names.map((name) => [name, kind] as const)))(
  '%s is %s by its name alone, whatever it says',
  (name, kind) => {
    for (const message of ['', 'already exists', 'throttled', 'not found'])
      expect(classifyAwsError(named(name, message))).toBe(kind)
  },
)

test.each([
  [401, 'denied'],
  [403, 'denied'],
  [404, 'not-found'],
  [429, 'throttled'],
  [500, 'ambiguous'],
  [502, 'ambiguous'],
  [503, 'ambiguous'],
  [200, 'unknown'],
  [302, 'unknown'],
] as const)('an answer without a known name is judged by its status: %d is %s', (status, kind) => {
  expect(classifyAwsError(withStatus(status))).toBe(kind)
})

test('a known name counts for more than the status that came with it', () => {
  const error = named('ThrottlingException', '', { $metadata: { httpStatusCode: 500 } })
  expect(classifyAwsError(error)).toBe('throttled')
})

test('the code of a network error is found behind the error that wraps it', () => {
  const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
  expect(classifyAwsError(new Error('request failed', { cause: reset }))).toBe('ambiguous')
  expect(classifyAwsError({ Code: 'NoSuchKey' })).toBe('not-found')
  expect(classifyAwsError(new Error('socket hang up'))).toBe('ambiguous')
})

test('a chain of causes that bites its own tail ends', () => {
  const snake = new Error('snake')
  snake.cause = snake
  expect(classifyAwsError(snake)).toBe('unknown')
})

test.each([undefined, null, 'text', 7, {}])(
  'anything that can be thrown has a kind: %p',
  (thrown) => {
    expect(classifyAwsError(thrown)).toBe('unknown')
  },
)

test('Describe of what does not exist answers ValidationException, and means "not there"', () => {
  expect(isNotThere(named('ValidationException', 'Requested resource not found.'))).toBe(true)
  expect(isNotThere(named('ValidationException', 'The job name is too long'))).toBe(false)
  expect(isNotThere(named('NoSuchKey'))).toBe(true)
  expect(isNotThere(named('AccessDenied', 'not found'))).toBe(false)
})

test('a taken name is a conflict, in both of the ways in which services say it', () => {
  expect(isConflict(named('ResourceInUse'))).toBe(true)
  expect(isConflict(named('ValidationException', 'Model Package Group already exists'))).toBe(true)
  expect(isConflict(named('ValidationException', 'InstanceType is unknown'))).toBe(false)
})
