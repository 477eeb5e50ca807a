/**
 * Mistakes that a durable design must not make: twelve, and a secret that is written down. Each is a
 * small patch to the production code as it is built, with a moment in which it shows; the auditor must
 * see it, and see nothing when the same is done to the code as it is.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'

import { defaultGrace } from '../../src/reaper/judged-job'
import { controlTaskQueue } from '../../src/task-queues'

import type { ChaosPlatform } from './chaos-platform'
import type { Patch } from './mutated-tree'
import { cancelRun, resetRun, terminateRun, type Case } from './run-cases'

export interface Mutation {
  name: string
  /** What the code does then, in a clause. */
  mistake: string
  patches: readonly Patch[]
  /** Runs in which it shows, named below `prefix-<number>`. */
  cases: (name: (index: number) => string) => Case[]
  /** Put in order before they start; undone by the harness afterwards. */
  prepare?: (chaos: ChaosPlatform, pipelines: string[]) => void
}

const completed = { mayEnd: ['completed'] } as const

export const mutations: readonly Mutation[] = [
  {
    name: 'no adopt',
    mistake: 'a job that exists already is an error',
    patches: [
      {
        file: 'dist/activities/create-job.js',
        find: 'if (existing) return adopt({ deps, jobs, existing, owner, job });',
        replace: '',
      },
      {
        file: 'dist/activities/create-job.js',
        find: "if (kind !== 'ambiguous' && !certain) throw error;",
        replace: 'throw error;',
      },
    ],
    cases: (name) => [
      {
        title: 'the reply to a create is lost',
        pipeline: { name: name(0) },
        order: { point: 'create-accepted', act: 'lose' },
        ...completed,
      },
    ],
  },
  {
    name: 'random names',
    mistake: 'each try names the job anew',
    patches: [
      {
        file: 'dist/src/aws/names.js',
        find: "return `${head || 'job'}${suffix}`;",
        replace:
          "return `${(head || 'job').slice(0, 30)}-${Math.floor(Math.random() * 1e6)}${suffix}`;",
      },
    ],
    cases: (name) => [
      {
        title: 'the worker is killed when the request is frozen',
        pipeline: { name: name(0) },
        order: { point: 'request-frozen', act: 'kill' },
        ...completed,
      },
    ],
  },
  {
    name: 'TRY_CANCEL',
    mistake: 'a cancelled run ends before its activities have',
    patches: [
      {
        file: 'dist/workflows/options.js',
        find: 'ActivityCancellationType.WAIT_CANCELLATION_COMPLETED',
        replace: 'ActivityCancellationType.TRY_CANCEL',
        everywhere: true,
      },
    ],
    cases: (name) => [
      {
        title: 'cancelled while the package is being registered',
        pipeline: { name: name(0) },
        order: { point: 'package-registering', act: 'hold' },
        async then(run) {
          await cancelRun(run)
          await sleep(6_000)
        },
        mayEnd: ['cancelled', 'completed'],
      },
    ],
  },
  {
    name: 'no owner header',
    mistake: 'S3 is not told whose bucket it must be',
    patches: [
      {
        file: 'dist/src/aws/storage.js',
        find: 'return { Bucket: bucket, Key: key, ExpectedBucketOwner: owner };',
        replace: 'return { Bucket: bucket, Key: key };',
      },
    ],
    cases: (name) => [{ title: 'an undisturbed run', pipeline: { name: name(0) }, ...completed }],
  },
  {
    name: 'trust last checkpoint',
    mistake: 'the checkpoint with the highest number is resumed, whole or not',
    patches: [
      {
        file: 'training/holdfast_checkpoint.py',
        find: 'manifest, fault = verify(path)',
        replace: 'manifest, fault = {}, None',
      },
      {
        file: 'training/holdfast_checkpoint.py',
        find: '_refuse_mismatch(path, manifest, fingerprint, allow_reshape)\n                return step, path',
        replace: 'return step, path',
      },
    ],
    prepare: (chaos, pipelines) =>
      chaos.scenario(
        pipelines.map((name) => ({
          jobs: `${name}-*`,
          when: { checkpoint: 2 },
          do: 'interrupt',
          times: 4,
        })),
      ),
    cases: (name) =>
      [0, 1, 2, 3].map((index) => ({
        title: `interrupted again and again (${index + 1})`,
        pipeline: { name: name(index), steps: 50 },
        ...completed,
      })),
  },
  {
    name: 'publish before verify',
    mistake: 'the package is registered, and then its bytes are looked at',
    patches: [
      {
        file: 'dist/activities/publish.js',
        find: 'const brought = await (0, bring_artifact_1.bringVerified)({ storage, input, artifactUri, folder, report });',
        replace: `const unseen = { inspected: { files: [], pickles: [] } };
            await (0, register_model_1.registerOnce)({ deps, record: recordOf({ input, brought: unseen }), artifactUri, home });
            const brought = await (0, bring_artifact_1.bringVerified)({ storage, input, artifactUri, folder, report });`,
      },
    ],
    cases: (name) => [
      {
        title: 'the artifact changes in S3 after it was evaluated',
        pipeline: { name: name(0) },
        order: { point: 'evaluation-reading', act: 'hold' },
        then: async ({ chaos }) => damageArtifact({ chaos, name: name(0) }),
        mayEnd: ['failed'],
        codes: ['E_ARTIFACT_INVALID'],
      },
    ],
  },
  {
    name: 'stop on shutdown',
    mistake: 'a worker that is told to end stops the jobs that it watches',
    patches: [
      {
        file: 'dist/activities/poll-job.js',
        find: 'const { kind, jobName, known, stalledAfter, feed } = options;',
        replace: `const { kind, jobName, known, stalledAfter, feed } = options;
    globalThis.watched ??= new Map();
    if (globalThis.watched.size === 0)
        process.once('SIGTERM', () => globalThis.watched.forEach((stop) => stop()));
    const stop = require('./job-service').jobService({ ...deps, kind }).stop;
    globalThis.watched.set(jobName, () => void stop(jobName).catch(() => undefined));`,
      },
    ],
    cases: (name) => [
      {
        title: 'every worker is told to end while the training runs',
        pipeline: { name: name(0), steps: 80 },
        async inTraining({ chaos }) {
          // Each worker has looked at the job by then.
          await sleep(4_000)
          for (const { role, process: child } of chaos.workers().slots)
            if (role === 'control') child?.kill('SIGTERM')
        },
        ...completed,
      },
    ],
  },
  {
    name: 'text match of errors',
    mistake: "a failure is judged by the words in it, the script's own included",
    patches: [
      {
        file: 'dist/src/job.js',
        find: "if (/^(AlgorithmError|ClientError)\\b/i.test(reason)) return 'user';",
        replace: '',
      },
    ],
    cases: userError,
  },
  {
    name: 'retry user errors',
    mistake: 'a script that raises is paid for again',
    patches: [
      {
        file: 'dist/workflows/training.js',
        find: "case 'user':",
        replace:
          "case 'user':\n                    if (tries < 3)\n                        continue;",
      },
    ],
    cases: userError,
  },
  {
    name: 'no timeout',
    mistake: 'the AWS clients wait for ever',
    patches: [
      {
        file: 'dist/src/aws/clients.js',
        find: 'requestHandler: { ...silence, requestTimeout: timeout, throwOnRequestTimeout: true },',
        replace: '',
      },
      {
        file: 'dist/src/aws/clients.js',
        find: 'requestHandler: { connectionTimeout, socketTimeout: timeout },',
        replace: '',
      },
      {
        file: 'dist/src/aws/storage.js',
        find: 'timer = setTimeout(stalled, stallLimit);',
        replace: '',
      },
    ],
    prepare(chaos, pipelines) {
      chaos.s3.rules.push({
        matches: ({ method, path }) =>
          method === 'GET' &&
          path.includes('/model.tar.gz') &&
          pipelines.some((name) => path.includes(`/${name}-`)),
        fault: { do: 'stall', at: 10 },
        times: 1,
      })
    },
    cases: (name) => [
      { title: 'a body from S3 stalls', pipeline: { name: name(0) }, ...completed },
    ],
  },
  {
    name: 'mtime rotation',
    mistake: 'old checkpoints are those with the oldest file times, which a restore has shuffled',
    patches: [
      {
        file: 'training/holdfast_checkpoint.py',
        find: 'kept, synced = 0, False',
        replace: `by_time = sorted(_checkpoints(self.directory), key=lambda c: os.path.getmtime(c[1]))
        for _, path in by_time[: -self.keep]:
            shutil.rmtree(path, ignore_errors=True)
        return
        kept, synced = 0, False`,
      },
      {
        file: 'training/holdfast_checkpoint.py',
        find: 'if leader:\n        _order_mtimes(directory)',
        replace: '',
      },
    ],
    prepare: (chaos, pipelines) =>
      chaos.scenario(
        pipelines.map((name) => ({
          jobs: `${name}-*`,
          // So late that one or two saves are left, which do not push out what was restored.
          when: { checkpoint: 11 },
          do: 'interrupt',
        })),
      ),
    cases: (name) =>
      [0, 1, 2, 3, 4, 5].map((index) => ({
        title: `interrupted before its last saves (${index + 1})`,
        pipeline: { name: name(index), steps: 60, stepSeconds: 0.2 },
        ...completed,
      })),
  },
  {
    name: 'reaper ignores grace',
    mistake:
      'a job is stopped as soon as its workflow is closed, before anybody can take that back',
    patches: [
      {
        file: 'dist/src/reaper/judge-job.js',
        find: "if (!(age >= judge.grace)) return say('kept',",
        replace: "if (false) return say('kept',",
      },
    ],
    cases: (name) => [
      {
        title: 'terminated by mistake, met by the reaper, and reset',
        pipeline: { name: name(0), steps: 600 },
        async inTraining({ chaos, id }) {
          await terminateRun({ chaos, id })
          await chaos.temporal.workflow.execute('reaper', {
            workflowId: `reaper-of-${id}`,
            taskQueue: controlTaskQueue,
            args: [{ grace: defaultGrace }],
          })
          await resetRun({ chaos, id })
        },
        ...completed,
      },
    ],
  },
  // The last: what it writes down stays where the auditor looks.
  {
    name: 'secret frozen',
    mistake: 'secrets are put in before the request is stored, not when it is sent',
    patches: [
      {
        file: 'dist/activities/freeze-job.js',
        find: 'JSON.stringify(request, null, 2)',
        replace:
          "JSON.stringify(require('./resolve-references').resolveReferences({ request, env: deps.env }), null, 2)",
      },
    ],
    cases: (name) => [{ title: 'an undisturbed run', pipeline: { name: name(0) }, ...completed }],
  },
]

function userError(name: (index: number) => string): Case[] {
  return [
    {
      title: "the script raises, with the service's words in its command line",
      pipeline: { name: name(0), scriptFails: true },
      mayEnd: ['failed'],
      codes: ['E_TRAINING_FAILED'],
    },
  ]
}

/** One byte of the artifact that the training left is another from now on. */
async function damageArtifact(options: { chaos: ChaosPlatform; name: string }): Promise<void> {
  const { chaos, name } = options
  const jobs = join(chaos.dataDir, 'sagemaker', 'jobs')
  const job = readdirSync(jobs).find((folder) => folder.startsWith(`${name}-`)) ?? ''
  const text = readFileSync(join(jobs, job, 'job.json'), 'utf8')
  const { modelArtifacts: uri = '' } = JSON.parse(text) as { modelArtifacts?: string }
  const [, Bucket = '', Key = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri) ?? []
  const s3 = new S3Client({
    endpoint: chaos.env['AWS_ENDPOINT_URL_S3'] ?? '',
    forcePathStyle: true,
  })
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'damaged' }))
  s3.destroy()
}
