/**
 * The moments of a run at which a side effect is about to happen or has just happened. A point is met
 * inside the AWS client of a worker process (see worker-main.ts), so production code knows nothing of
 * it: what is waited for is a call of one kind, made by one activity.
 */
export interface FaultPoint {
  name: string
  /** Whose call it is. */
  activity: string
  /** The AWS SDK's name of the command, without `Command`. */
  commands: readonly string[]
  /** Of the object, where several are written. */
  key?: RegExp
  when: 'before' | 'after'
  /** Only met by a dataset that is uploaded in parts. */
  large?: true
  /** Only met by a run that somebody cancels. */
  cancelled?: true
  /** A run that is cancelled from here on may have finished all the same. */
  late?: true
}

export const faultPoints = [
  {
    name: 'preprocess-begins',
    activity: 'preprocess',
    commands: ['PutObject', 'CreateMultipartUpload'],
    when: 'before',
  },
  {
    name: 'part-uploaded',
    activity: 'preprocess',
    commands: ['UploadPart'],
    when: 'after',
    large: true,
  },
  {
    name: 'upload-completed',
    activity: 'preprocess',
    commands: ['CompleteMultipartUpload'],
    when: 'after',
    large: true,
  },
  {
    name: 'dataset-sealing',
    activity: 'upload',
    commands: ['PutObject'],
    key: /\/datasets\/[^/]+\/manifest\.json$/,
    when: 'before',
  },
  {
    name: 'request-frozen',
    activity: 'freezeTraining',
    commands: ['PutObject'],
    key: /\/request\.json$/,
    when: 'after',
  },
  {
    name: 'create-sending',
    activity: 'createJob',
    commands: ['CreateTrainingJob'],
    when: 'before',
  },
  {
    name: 'create-accepted',
    activity: 'createJob',
    commands: ['CreateTrainingJob'],
    when: 'after',
  },
  { name: 'waiting', activity: 'pollJob', commands: ['DescribeTrainingJob'], when: 'after' },
  {
    name: 'stopping',
    activity: 'stopJob',
    commands: ['StopTrainingJob'],
    when: 'before',
    cancelled: true,
  },
  {
    name: 'evaluation-accepted',
    activity: 'createJob',
    commands: ['CreateProcessingJob'],
    when: 'after',
  },
  {
    name: 'artifact-copying',
    activity: 'publish',
    commands: ['PutObject'],
    key: /\/model\.tar\.gz$/,
    when: 'before',
    late: true,
  },
  {
    name: 'package-registering',
    activity: 'publish',
    commands: ['CreateModelPackage'],
    when: 'before',
    late: true,
  },
  {
    name: 'package-registered',
    activity: 'publish',
    commands: ['CreateModelPackage'],
    when: 'after',
    late: true,
  },
  {
    name: 'champion-writing',
    activity: 'publish',
    commands: ['PutObject'],
    key: /\/champion\.json$/,
    when: 'before',
    late: true,
  },
  {
    name: 'pointer-writing',
    activity: 'publish',
    commands: ['PutObject'],
    key: /\/published\/[^/]+\.json$/,
    when: 'before',
    late: true,
  },
] as const satisfies readonly FaultPoint[]

/** A moment between two side effects, for a mutation that shows there. */
export const quietPoints = [
  {
    name: 'evaluation-reading',
    activity: 'readEvaluation',
    commands: ['GetObject'],
    when: 'before',
  },
] as const satisfies readonly FaultPoint[]

export type FaultPointName = (typeof faultPoints)[number]['name']

/** What is done to a run at a point. `lose` is a request or, after it was carried out, a reply that is lost. */
export type PointAct = 'kill' | 'hold' | 'lose'

/** What the harness leaves for the workers in `<folder>/<pipeline>.json`; the first to meet it takes it. */
export interface PointOrder {
  point: FaultPointName | (typeof quietPoints)[number]['name']
  act: PointAct
}
