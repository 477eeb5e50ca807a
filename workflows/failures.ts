import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  isCancellation,
  patched,
} from '@temporalio/workflow'

import type { Attempt, RunError } from '../src/run-state'

/** Ends a workflow with an error that a person can act on. */
export function failRun(error: RunError, attempts: Attempt[] = []): never {
  const { code, message, ...details } = error
  throw ApplicationFailure.create({
    message,
    type: code,
    nonRetryable: true,
    details: [details, attempts],
  })
}

/**
 * Whether a workflow ends because somebody asked for it, and what it ends with. An activity whose
 * worker is lost after the cancel was asked for is not tried again, and fails as if it had timed out
 * by itself.
 */
export function endingOf(error: unknown): { cancelled: boolean; failure: unknown } {
  if (isCancellation(error)) return { cancelled: true, failure: error }
  if (lostToCancel(error) && patched('lost-to-cancel'))
    return { cancelled: true, failure: new CancelledFailure('cancelled') }
  return { cancelled: false, failure: error }
}

function lostToCancel(error: unknown): boolean {
  if (error instanceof ActivityFailure) return error.retryState === 'CANCEL_REQUESTED'
  return error instanceof ChildWorkflowFailure && lostToCancel(error.cause)
}

/** What a failed training had tried, for its parent's record. */
export function attemptsIn(error: unknown): Attempt[] {
  return (applicationFailureIn(error)?.details?.[1] ?? []) as Attempt[]
}

/** The account's quota is used up: no fault of this run, so the next placement may do. */
export function isQuota(error: unknown): boolean {
  return applicationFailureIn(error)?.type === 'E_QUOTA'
}

/** A job of that name belongs to somebody else: it is neither adopted nor stopped. */
export function isNameConflict(error: unknown): boolean {
  return applicationFailureIn(error)?.type === 'E_JOB_NAME_CONFLICT'
}

/** What a run says of the error that ended it, however deep Temporal wrapped it. */
export function runErrorOf(error: unknown): RunError {
  const failure = applicationFailureIn(error)
  if (failure) {
    const details = (failure.details?.[0] ?? {}) as Partial<RunError>
    return { ...details, code: failure.type ?? 'E_UNEXPECTED', message: failure.message }
  }
  return {
    code: 'E_UNEXPECTED',
    message: error instanceof Error ? deepest(error).message : String(error),
  }
}

function applicationFailureIn(error: unknown): ApplicationFailure | undefined {
  if (error instanceof ApplicationFailure) return error
  if (error instanceof ActivityFailure || error instanceof ChildWorkflowFailure)
    return applicationFailureIn(error.cause)
  return undefined
}

function deepest(error: Error): Error {
  return error.cause instanceof Error ? deepest(error.cause) : error
}
