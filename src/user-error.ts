/** What a script that failed died of, as far as its own words tell. Pure. */

export interface UserError {
  code: 'E_NAN_LOSS' | 'E_OUT_OF_MEMORY' | 'E_DISK_FULL' | 'E_TRAINING_FAILED'
  message: string
  hint: string
}

/** The line of the checkpoint helper's NonFiniteLoss. */
const nonFinite = /NonFiniteLoss: (\w+) is (\S+) at step (\d+)/
/** What it writes to the log before it raises. */
const nanEvent = /^(?:\[algo-\d+\] )?holdfast \{"event": "nan", "step": (\d+)/m

/** 137 is SIGKILL: the kernel ends what needs more memory than there is. */
const outOfMemory =
  /exit code:? 137\b|CUDA out of memory|OutOfMemoryError|DefaultCPUAllocator: can't allocate/i
const diskFull = /No space left on device|OSError: \[Errno 28\]/

/**
 * None of these is tried again: the same script with the same data would fail in the same place, and
 * be paid for twice.
 *
 * @example
 * userErrorOf({ failureReason: 'AlgorithmError: exit code: 137', logTail: [] }).code // E_OUT_OF_MEMORY
 */
export function userErrorOf(options: {
  failureReason: string | undefined
  logTail: string[]
}): UserError {
  const { failureReason, logTail } = options
  const text = [failureReason ?? '', ...logTail].join('\n')
  const message = failureReason ?? 'the training job failed'

  const loss = nonFinite.exec(text)
  const step = loss?.[3] ?? nanEvent.exec(text)?.[1]
  if (step !== undefined) {
    return {
      code: 'E_NAN_LOSS',
      message: `${loss?.[1] ?? 'the loss'} became ${loss?.[2] ?? 'NaN'} at step ${step}, so the script stopped`,
      hint: 'lower the learning rate, add warm-up steps, or look for bad rows; the checkpoints before it are kept',
    }
  }
  if (outOfMemory.test(text)) {
    return {
      code: 'E_OUT_OF_MEMORY',
      message,
      hint: 'lower the batch size or the sequence length, or choose a larger instance; it is not tried again, as it would need as much memory',
    }
  }
  if (diskFull.test(text)) {
    return {
      code: 'E_DISK_FULL',
      message,
      hint: 'raise train.volumeSize, or keep fewer checkpoints',
    }
  }
  return {
    code: 'E_TRAINING_FAILED',
    message,
    hint: 'the script, its data or its image is at fault, so it is not tried again; see `holdfast logs`',
  }
}
