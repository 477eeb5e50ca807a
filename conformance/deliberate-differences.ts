/**
 * Where we do otherwise than the SDK, on purpose: refuse what it sends, because the service would
 * refuse the request later, or take it and do something else than was meant; and send what it
 * refuses, because what is meant is clear.
 */

export interface DeliberateDifference {
  /** Of the error that we throw, and of its message where the rule is not for all of that code. */
  code: string
  message?: RegExp
  rule: string
  reason: string
}

export const deliberateDifferences: DeliberateDifference[] = [
  {
    code: 'E_SPOT_NO_MAX_WAIT',
    rule: 'spot training needs maxWait',
    reason: 'the service refuses spot training without MaxWaitTimeInSeconds',
  },
  {
    code: 'E_MAX_WAIT',
    rule: 'maxWait is for spot training, and at least maxRun',
    reason: 'the service refuses both other combinations',
  },
  {
    code: 'E_WARM_POOL_SPOT',
    rule: 'a warm pool keeps no spot instances',
    reason: 'the service refuses KeepAlivePeriodInSeconds beside spot training',
  },
  {
    code: 'E_WARM_POOL',
    rule: 'a warm pool is kept for 0 to 21600 s',
    reason: 'the limits of the service',
  },
  {
    code: 'E_RETRY_ATTEMPTS',
    rule: '1 to 30 retries',
    reason: 'the limits of the service',
  },
  {
    code: 'E_LIMIT',
    rule: 'names, hyperparameters, variables and metrics within the limits of the service',
    reason: 'the service refuses the request, after the code has been uploaded',
  },
  {
    code: 'E_SMDDP_INSTANCE',
    rule: 'smdistributed.dataparallel on the instance types that have it',
    reason: 'the job would be paid for and fail when the library starts',
  },
  {
    code: 'E_MODEL_PARALLEL_MPI',
    rule: 'smdistributed.modelparallel with MPI',
    reason: 'the library is launched by MPI: without it the job starts one process and fails',
  },
  {
    code: 'E_DISTRIBUTION_KEY',
    rule: 'only known keys of distribution',
    reason:
      'the SDK ignores an unknown key, and the job trains without the distribution that was meant',
  },
  {
    code: 'E_ENTRY_POINT',
    // Not a file that is missing: the SDK found one.
    message: /outside the source directory|refuses this entry point|not on S3/,
    rule: 'the entry point lies in the source directory, by a name that the container takes',
    reason: 'the toolkit refuses it in the container, when the instance is already paid for',
  },
  {
    code: 'E_SECRET',
    rule: 'no credentials in plain text',
    reason: 'hyperparameters, environment and tags are shown to everybody who may describe the job',
  },
  {
    code: 'E_GIT_CONFIG',
    rule: 'credentials that the protocol of the repository takes',
    reason:
      'the SDK drops them with a warning, and asks no one; git then fails or fetches anonymously',
  },
  {
    code: 'E_CHANNEL_URI',
    rule: 'channels on S3',
    reason: 'the service refuses the request, after the code has been uploaded',
  },
  {
    code: 'E_CODE_LINK',
    rule: 'no links out of the source directory',
    reason: 'the link would be packed as such and lead nowhere in the container',
  },
  {
    code: 'E_TUNER',
    rule: 'a tuning job that the service can run',
    reason:
      'a name above 32 characters, a grid of numbers, or two scripts at one S3 key is refused later or runs the wrong code',
  },
]

export interface DeliberateAddition {
  /** The difference as the comparison tells it. */
  difference: RegExp
  rule: string
  reason: string
}

/** What we send and the SDK does not, to the same effect or a safer one. */
export const deliberateAdditions: DeliberateAddition[] = [
  {
    difference: /^PutObject(\[\d+\])?\.ExpectedBucketOwner: expected nothing, got "\d{12}"$/,
    rule: 'uploads to the default bucket name its owner',
    reason:
      'the SDK does so once it has asked for the bucket itself; anyone may own a bucket of this guessable name, however the path was given',
  },
  {
    difference: /\.S3Input\.S3CompressionType: expected nothing, got "None"$/,
    rule: 'the compression of an input is always said',
    reason: 'None is what the service takes where nothing is said',
  },
]

export interface DeliberateAcceptance {
  /** Of the SDK's error, and the beginning of its message. */
  type: string
  message: RegExp
  rule: string
  reason: string
}

export const deliberateAcceptances: DeliberateAcceptance[] = [
  {
    type: 'TypeError',
    message: /missing \d+ required positional argument.*'py_ver/,
    rule: 'pyVersion may be left out',
    reason: 'each pair of versions has one Python',
  },
  {
    type: 'AttributeError',
    message: /^'(Email|SMS)' object has no attribute 'update_training_job_prefix/,
    rule: 'one action needs no list',
    reason: 'the SDK asks a single e-mail or text message for what only StopTraining has',
  },
  {
    type: 'ValueError',
    message: /Invalid length for parameter Input/,
    rule: 'no channels are as good as no inputs',
    reason: 'the service wants the field left out, and so it is',
  },
  {
    type: 'ValueError',
    message: /Invalid type for parameter (Stoppin|Resourc|Algorit)/,
    rule: 'null stands for the default',
    reason: 'the SDK sends null where the service wants a value',
  },
  {
    type: 'ValueError',
    message: /Invalid type for parameter (Debug|Profile)/,
    rule: 'parameters of a rule may be numbers',
    reason: 'they are sent as texts, which the service wants',
  },
  {
    type: 'ValueError',
    message: /^Argument 'include_cls_metadata' must be a dictionary/,
    rule: 'includeClsMetadata may be left out',
    reason: 'the default of the SDK is refused by its own check where there are several estimators',
  },
  {
    type: 'ValueError',
    message: /^\w+_config needs to be a \w+ ob/,
    rule: 'a configuration is data',
    reason: 'with us it needs no class; the schema of a pipeline checks its keys by name',
  },
  {
    type: 'TypeError',
    message: /got an unexpected keyword argument/,
    rule: 'arguments that a function of the SDK does not have are none of ours',
    reason: 'nothing is sent for them; the schema of a pipeline refuses them by name',
  },
  {
    type: 'ValueError',
    message: /Unknown parameter in /,
    rule: 'fields that the service does not know are no arguments of ours',
    reason:
      'the SDK takes them and cannot send them; the schema of a pipeline refuses them by name',
  },
]

export function deliberateAcceptance(error: {
  type: string
  message_head: string
}): DeliberateAcceptance | undefined {
  return deliberateAcceptances.find(
    ({ type, message }) => type === error.type && message.test(error.message_head),
  )
}

export function deliberateDifference(error: {
  code: string
  message: string
}): DeliberateDifference | undefined {
  return deliberateDifferences.find(
    ({ code, message }) => code === error.code && (message?.test(error.message) ?? true),
  )
}

export function deliberateAddition(difference: string): DeliberateAddition | undefined {
  return deliberateAdditions.find((one) => one.difference.test(difference))
}
