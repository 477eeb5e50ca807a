/** The fault matrix: what goes wrong, what must follow, and what shows it. */

export type Proof =
  /** A kind of `npm run chaos`; `what` names what of it meets the row. */
  | { run: 'storm' | 'directed' | 'mutations'; what: string }
  /** A test of `npm test`, by its file and a text that its title contains. */
  | { test: string; title: string }
  /** Of Python's unittest, by its file. */
  | { python: string }
  | { missing: string }

export interface Row {
  id: string
  fault: string
  behaviour: string
  proofs: readonly Proof[]
}

const storm = (what: string): Proof => ({ run: 'storm', what })
const directed = (what: string): Proof => ({ run: 'directed', what })
const mutation = (what: string): Proof => ({ run: 'mutations', what })
const test = (file: string, title: string): Proof => ({ test: file, title })
const python = (file: string): Proof => ({ python: file })

const hub = 'test/src/models/hub/publish-to-hub.test.ts'
const e2e = (name: string) => `test/e2e/${name}.e2e.ts`
const pipeline = 'test/workflows/pipeline.workflow.ts'
const createJob = 'test/activities/create-job.server.test.ts'
const publish = 'test/activities/publish.server.test.ts'
const storage = 'test/src/aws/storage.server.test.ts'
const training = 'test/workflows/training.workflow.ts'
const waits = 'test/workflows/wait.workflow.ts'
const faults = 'test/workflows/faults.workflow.ts'
const reaper = 'test/src/reaper/reaper.server.test.ts'
const fault = (name: string) => `test/faults/${name}.server.test.ts`

export const matrix: readonly Row[] = [
  {
    id: 'W1',
    fault: 'kill -9 of a worker at each side effect',
    behaviour: 'the same result, nothing twice',
    proofs: [directed('every point × kill'), storm('worker kills')],
  },
  {
    id: 'W2',
    fault: 'a worker out of memory in preprocess',
    behaviour: 'another try, then a final error',
    proofs: [
      test(fault('out-of-memory'), 'ends with a typed error, after five of them'),
      test(fault('out-of-memory'), 'a worker with more memory goes on where the small one died'),
    ],
  },
  {
    id: 'W3',
    fault: 'SIGTERM of the workers during a wait',
    behaviour: 'no job is stopped; the next worker goes on',
    proofs: [mutation('stop on shutdown'), storm('SIGTERM of a worker')],
  },
  {
    id: 'W4',
    fault: 'a worker that is frozen and comes back',
    behaviour: 'another one takes over; late effects change nothing',
    proofs: [storm('SIGSTOP of a worker')],
  },
  {
    id: 'W5',
    fault: 'a deploy of other code in mid-run',
    behaviour: 'histories replay',
    proofs: [
      test('test/workflows/replay.workflow.ts', 'replays without a difference'),
      storm('replay of all histories'),
    ],
  },
  {
    id: 'W6',
    fault: 'a non-deterministic deploy, then a good one',
    behaviour: 'the run waits and heals',
    proofs: [test(fault('bad-deploy'), 'holds it up, and the next good one heals it')],
  },
  {
    id: 'W7',
    fault: 'input that no activity can read',
    behaviour: 'a final error, no crash loop',
    proofs: [test('test/activities/failure.test.ts', 'whatever is thrown becomes a failure')],
  },
  {
    id: 'W8',
    fault: 'a workflow or activity that throws a plain error',
    behaviour: 'a typed failure',
    proofs: [test(pipeline, 'says why when the run cannot even be opened')],
  },
  {
    id: 'T1',
    fault: 'kill -9 of Temporal in mid-run',
    behaviour: 'everything goes on',
    proofs: [
      storm('server kills'),
      test(e2e('kills'), 'Temporal, killed at the create and again at the publishing'),
    ],
  },
  {
    id: 'T2',
    fault: 'workers and Temporal parted for longer than a heartbeat may be late',
    behaviour: 'the next try adopts',
    proofs: [test(fault('parted'), 'is given up, and the next try adopts its job')],
  },
  {
    id: 'T3',
    fault: 'slow gRPC',
    behaviour: 'slower only',
    proofs: [
      test(fault('parted'), 'over a slow line everything is slower, and otherwise the same'),
    ],
  },
  {
    id: 'T4',
    fault: "Temporal's database is lost",
    behaviour: 'jobs are found by tag; they are stopped once a person declares them lost',
    proofs: [
      test(reaper, 'when Temporal has lost its database its jobs are left alone'),
      test(reaper, 'a job whose owner nobody knows is kept until it expires, and then stopped'),
    ],
  },
  {
    id: 'T5',
    fault: 'limits of a history',
    behaviour: 'bounded events',
    proofs: [
      storm('most events of a history'),
      test(pipeline, 'keeps the history of a wait of hours to a few events'),
    ],
  },
  {
    id: 'T6',
    fault: 'signals lost or doubled',
    behaviour: 'a wake-up is only heard: the next look decides',
    proofs: [
      test(faults, 'comes to the same whether its wake-ups are lost, doubled, late'),
      test(waits, 'goes on by polling when the look after a wake-up fails'),
    ],
  },
  {
    id: 'T7',
    fault: 'one run started many times',
    behaviour: 'one run',
    proofs: [
      test(
        e2e('client'),
        'fifty processes that start one pipeline at one moment make one run and one job',
      ),
    ],
  },
  {
    id: 'T8',
    fault: 'a schedule fires while the run before it runs; the server was down',
    behaviour: 'skipped and said so; made up for',
    proofs: [
      test(e2e('nightly'), 'a firing that finds the one before it running is skipped'),
      test(e2e('nightly'), 'a schedule outlives Temporal'),
    ],
  },
  {
    id: 'T9',
    fault: 'cancel and terminate at each side effect',
    behaviour: 'cancelled: the job is stopped first; terminated: left to the reaper',
    proofs: [directed('every point × cancel and terminate')],
  },
  {
    id: 'S1',
    fault: 'S3 answers 500, 503 SlowDown, or late',
    behaviour: 'tried again',
    proofs: [storm('proxy of S3: status, throttle, delay')],
  },
  {
    id: 'S2',
    fault: 'a body from S3 is cut',
    behaviour: 'read again',
    proofs: [storm('proxy of S3: cut')],
  },
  {
    id: 'S3',
    fault: 'a body is short and says so',
    behaviour: 'its hash refuses it',
    proofs: [test(storage, 'a download whose bytes are not those recorded is refused')],
  },
  {
    id: 'S4',
    fault: 'a bit flips on the way',
    behaviour: 'its checksum or hash refuses it',
    proofs: [
      storm('proxy of S3: flip'),
      test(storage, 'a download whose bytes are not those recorded is refused'),
    ],
  },
  {
    id: 'S5',
    fault: 'a body stalls',
    behaviour: 'given up after 30 s and read again',
    proofs: [mutation('no timeout'), test(storage, 'a body that stops coming is given up')],
  },
  {
    id: 'S6',
    fault: 'kill -9 amid an upload in parts',
    behaviour: 'nothing half is seen',
    proofs: [directed('part-uploaded, upload-completed')],
  },
  {
    id: 'S7',
    fault: 'two writers of one key',
    behaviour: 'one wins, the other sees it',
    proofs: [test(storage, 'of ten who write the same absent object at once, exactly one does')],
  },
  {
    id: 'M1',
    fault: 'a create is accepted, its reply lost, hung or 500',
    behaviour: 'adopted',
    proofs: [
      directed('create-accepted, evaluation-accepted, package-registered × reply lost'),
      mutation('no adopt'),
      storm('ordered of an operation'),
    ],
  },
  {
    id: 'M2',
    fault: 'a create is refused, then accepted',
    behaviour: 'the same name again',
    proofs: [directed('create-sending × reply lost'), storm('proxy of SageMaker: status')],
  },
  {
    id: 'M3',
    fault: 'the name belongs to a stranger',
    behaviour: 'refused, never touched',
    proofs: [
      test(createJob, 'a stranger’s job of the same name is refused, and never touched'),
      test(pipeline, 'never touches a job of that name that belongs to somebody else'),
    ],
  },
  {
    id: 'M4',
    fault: 'throttling of all calls',
    behaviour: 'slower only',
    proofs: [storm('proxy of SageMaker: throttle')],
  },
  {
    id: 'M5',
    fault: 'Describe does not know the job yet',
    behaviour: 'two minutes of patience',
    proofs: [
      test(createJob, 'is looked for again for two minutes before it counts as never created'),
    ],
  },
  {
    id: 'M6',
    fault: 'an unknown status or a missing field',
    behaviour: 'counts as in progress',
    proofs: [
      test(
        'test/activities/unknown-statuses.test.ts',
        'counts as in progress, and never as a success',
      ),
      test(faults, 'goes on through statuses that it does not know'),
    ],
  },
  {
    id: 'M7',
    fault: 'no capacity, no quota',
    behaviour: 'the next placement, then a typed end',
    proofs: [
      storm('ordered of a job: capacityError, maxWait'),
      test(pipeline, 'gives up, saying what was tried, when every placement is out of capacity'),
      test(pipeline, 'takes the next placement when the account has no quota for the first'),
    ],
  },
  {
    id: 'M8',
    fault: 'spot interruptions',
    behaviour: 'the same job resumes; never a second one beside it',
    proofs: [
      storm('ordered of a job: interrupt'),
      test(pipeline, 'counts an interruption without starting a second job'),
      test(
        e2e('recovery'),
        'an interrupted job is resumed by SageMaker itself, from a verified checkpoint',
      ),
    ],
  },
  {
    id: 'M9',
    fault: 'an interruption amid a save',
    behaviour: 'the newest verified checkpoint',
    proofs: [
      mutation('trust last checkpoint, mtime rotation'),
      python('test/training/test_checkpoint_choice.py'),
    ],
  },
  {
    id: 'M10',
    fault: 'a checkpoint that is damaged, partial or empty',
    behaviour: 'put aside, the one before it used',
    proofs: [python('test/training/test_checkpoint_choice.py')],
  },
  {
    id: 'M11',
    fault: 'the script raises',
    behaviour: 'shown, and not paid for again',
    proofs: [
      mutation('text match of errors, retry user errors'),
      test(pipeline, 'does not pay again for a script that raises, and keeps the end of its log'),
    ],
  },
  {
    id: 'M12',
    fault: 'the loss is NaN',
    behaviour: 'the training stops early',
    proofs: [python('test/training/test_checkpoint_callback.py')],
  },
  {
    id: 'M13',
    fault: 'the script hangs',
    behaviour: 'stopped and resumed once',
    proofs: [
      test(training, 'is stopped and started once more from its checkpoint'),
      test(training, 'fails when it stands still again'),
      test('test/activities/look-for-stall.test.ts', 'the quiet begins with the last line'),
    ],
  },
  {
    id: 'M14',
    fault: 'maxRun is reached',
    behaviour: 'Stopped is no success',
    proofs: [test(pipeline, 'never takes a stopped job for a success')],
  },
  {
    id: 'M15',
    fault: 'a full disk',
    behaviour: 'a typed end, a checkpoint kept',
    proofs: [test(e2e('lost-checkpoints'), 'a disk that is full ends the run with its own error')],
  },
  {
    id: 'M16',
    fault: 'a script that ignores SIGTERM',
    behaviour: 'killed after 120 s, its end awaited',
    proofs: [test(e2e('cancel'), 'cancel in mid-training ends the process and the job')],
  },
  {
    id: 'M17',
    fault: 'a job that stays in Stopping',
    behaviour: 'its end is awaited',
    proofs: [
      test(faults, 'awaits the end of a job that stays in Stopping for a day'),
      test(createJob, 'a job that stays in Stopping is asked to stop once'),
      test(reaper, 'a job that stays in Stopping is watched by each pass'),
    ],
  },
  {
    id: 'M18',
    fault: 'model.tar.gz is missing, empty or changed',
    behaviour: 'never published',
    proofs: [
      mutation('publish before verify'),
      test(publish, 'an artifact changed after it was sealed is not published'),
      test(
        publish,
        'a training that left nothing, or an empty archive, is told apart from a model',
      ),
    ],
  },
  {
    id: 'C1',
    fault: 'credentials expire during a wait',
    behaviour: 'fetched anew',
    proofs: [
      test(fault('expiring-credentials'), 'a wait outlives the credentials that it began with'),
    ],
  },
  {
    id: 'C2',
    fault: 'the role loses a permission in mid-run',
    behaviour: 'what is paid for waits',
    proofs: [
      test(
        'test/activities/failure.test.ts',
        'a permission that is lost after the training was paid for may come back',
      ),
    ],
  },
  {
    id: 'C3',
    fault: 'a clock that is wrong',
    behaviour: 'the SDK corrects; no name comes from time',
    proofs: [
      test(fault('wrong-clock'), 'trains all the same, under the same name'),
      mutation('random names'),
    ],
  },
  {
    id: 'B1',
    fault: 'bad input of all kinds',
    behaviour: 'all faults at once, nothing created',
    proofs: [
      test(
        e2e('config'),
        'a bad config is refused with all its faults by line and column, and nothing is created',
      ),
    ],
  },
  {
    id: 'R1',
    fault: 'the reaper meets a run that starts',
    behaviour: 'a time of grace',
    proofs: [
      test(reaper, 'a job within the grace is kept though its owner is closed'),
      test(reaper, 'an owner that comes back between the two looks keeps its job'),
      test('test/src/reaper/reaper-race.server.test.ts', 'stop every orphan and nothing else'),
    ],
  },
  {
    id: 'R2',
    fault: 'Temporal cannot be asked',
    behaviour: 'nothing is stopped',
    proofs: [
      test(reaper, 'while Temporal does not answer nothing is stopped'),
      test(e2e('reaper'), 'where Temporal does not answer, nothing is stopped'),
    ],
  },
  {
    id: 'P1',
    fault: 'a publish that is half done',
    behaviour: 'the next try ends with one version, the champion last',
    proofs: [
      directed('artifact-copying to champion-writing'),
      test(
        'test/activities/publish-kills.server.test.ts',
        'the next try ends with one version, one commit and the champion at it',
      ),
    ],
  },
  {
    id: 'P2',
    fault: 'the Hub fails or answers late',
    behaviour: 'looked at again, then decided: one commit',
    proofs: [
      test(hub, 'there is one commit with the right content'),
      test(hub, 'Retry-After is obeyed'),
      test(hub, 'a commit of somebody else between the look and the write is kept'),
    ],
  },
  {
    id: 'E1',
    fault: 'an endpoint fails or rolls back',
    behaviour: 'the old version serves on; nothing of the new one is left',
    proofs: [
      test(e2e('deploy'), 'the old version serves on, and no client call fails'),
      test(e2e('deploy'), 'killed with -9 at every point of a deployment'),
    ],
  },
  {
    id: 'E2',
    fault: 'a delete while it is being created',
    behaviour: 'tried again until it can be deleted',
    proofs: [test(e2e('deploy'), 'is deleted as soon as it can be, and leaves nothing')],
  },
  {
    id: 'H1',
    fault: 'some trials of a sweep fail',
    behaviour: 'recorded; the sweep goes on',
    proofs: [test('test/workflows/sweep.workflow.ts', 'records a trial that fails and goes on')],
  },
]
