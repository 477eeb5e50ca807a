import { jobHasEnded } from '../../../src/client/job-has-ended'
import { aStatus, anAttempt } from '../cli/a-status'

const jobName = 'reviews-0123456789-a1'
const ended = (status: string, state: 'running' | 'completed' = 'running') => {
  const attempts = [anAttempt({ jobName, status }), anAttempt({ jobName: 'reviews-0123456789-a2' })]
  return jobHasEnded({ status: aStatus({ state, training: { attempts } }), jobName })
}

test.each(['Completed', 'Failed', 'Stopped', 'Refused', 'NotCreated'])(
  'logs that are followed go on to the next attempt after one that is %s',
  (status) => expect(ended(status)).toBe(true),
)

test('logs of an attempt that goes on are followed, until the run itself has ended', () => {
  for (const status of ['InProgress', 'Stopping', 'Creating', 'Unknown'])
    expect([ended(status), ended(status, 'completed')]).toEqual([false, true])
})
