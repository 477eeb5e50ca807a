import { isSwitch, knowsModelDir, misreadsFalse, parsesTrainingArguments } from './flag-roles'
import { isResumed } from './spot-resume'
import { outputDirOf } from './spot-output-dir'
import type { ScriptFacts, ScriptSaving, ScriptValue } from './read-script-saving'

/** One thing that decides how a script bears an interruption. */
export interface SpotFinding {
  check:
    | 'saves'
    | 'output-dir'
    | 'resumes'
    | 'helper'
    | 'save-total-limit'
    | 'sigterm'
    | 'switch'
    | 'bool-type'
    | 'model-dir'
    | 'pickle'
    | 'resume-parts'
  /** `stop`: an interruption loses everything, or the job does not even start. `risk`: it may lose more than an interval. */
  level: 'ok' | 'risk' | 'stop'
  /** Of the script; null where something is missing from it. */
  line: number | null
  what: string
  why?: string
  fix?: string
}

export interface SpotReadiness {
  verdict: 'ready' | 'ready with risk' | 'not ready'
  findings: SpotFinding[]
}

/**
 * Whether a training script is ready for spot capacity: whether an interruption costs it one interval
 * of saving and no more. What a syntax tree does not show is a risk and no refusal.
 *
 * @example
 * const { verdict, findings } = spotReadiness(await readScriptSaving({ path: 'train.py' }))
 */
export function spotReadiness(facts: ScriptFacts): SpotReadiness {
  const { saving } = facts
  const usesTrainer = saving.trainers.length > 0 || saving.trainingArguments.length > 0
  const findings = [
    ...(usesTrainer || saving.imports !== null
      ? [...saves(facts), ...outputDirOf(facts), ...isResumed(facts), ...helper(saving)]
      : ownLoop(saving)),
    ...saveTotalLimit(saving),
    ...resumeParts(saving),
    ...sigterm(saving),
    ...flags(facts),
    ...modelDir(facts),
  ]
  const has = (level: SpotFinding['level']) => findings.some((finding) => finding.level === level)
  const verdict = has('stop') ? 'not ready' : has('risk') ? 'ready with risk' : 'ready'
  return { verdict, findings }
}

/** Text of a literal, or of a flag's own default when nothing else is given. */
function known(value: ScriptValue | undefined): unknown {
  if (value?.kind === 'literal') return value.value
  if (value?.kind === 'flag' && !value.reassigned) return value.default?.value
  return undefined
}

function saves(facts: ScriptFacts): SpotFinding[] {
  const { saving, flags } = facts
  const [args] = saving.trainingArguments
  if (!args) {
    if (parsesTrainingArguments(flags)) {
      return [
        {
          check: 'saves',
          level: 'ok',
          line: null,
          what: 'how often it saves is a hyperparameter: save_strategy and save_steps',
          fix: 'set save_steps in train.hyperparameters; the default is every 500 steps',
        },
      ]
    }
    // The helper without a Trainer, in a loop of the script's own.
    return saving.callbacks.length > 0
      ? [
          {
            check: 'saves',
            level: 'ok',
            line: saving.callbacks[0] ?? null,
            what: 'it seals what it saves',
          },
        ]
      : [
          {
            check: 'saves',
            level: 'risk',
            line: saving.trainers[0] ?? null,
            what: 'the TrainingArguments of its Trainer are made elsewhere',
            why: 'only this file is read, so how often it saves is not known',
            fix: 'see that save_strategy is "steps" and output_dir is /opt/ml/checkpoints',
          },
        ]
  }
  const strategy = args.settings['save_strategy']
  const line = args.lines['save_strategy'] ?? args.line
  const text = known(strategy)
  if (text === 'no' || text === false) {
    return [
      {
        check: 'saves',
        level: 'stop',
        line,
        what: 'save_strategy is "no": it never saves a checkpoint',
        why: 'an interruption starts it again from step 0',
        fix: 'save_strategy="steps", save_steps=N with N steps in a few minutes',
      },
    ]
  }
  if (text === 'epoch' || text === 'best') {
    const often = text === 'epoch' ? 'once an epoch' : 'only when the metric improves'
    return [
      {
        check: 'saves',
        level: 'risk',
        line,
        what: `save_strategy is "${text}": it saves ${often}`,
        why: 'an interruption loses all since then, which may be hours',
        fix: 'save_strategy="steps", save_steps=N with N steps in a few minutes',
      },
    ]
  }
  const steps = args.settings['save_steps']
  if (steps === undefined && !args.unread) {
    return [
      {
        check: 'saves',
        level: 'risk',
        line: args.line,
        what: 'save_steps is not set: it saves every 500 steps',
        why: 'a short training never comes to its first checkpoint, and a slow one loses hours',
        fix: 'save_strategy="steps", save_steps=N with N steps in a few minutes',
      },
    ]
  }
  const every =
    steps?.kind === 'flag'
      ? `--${steps.name} steps`
      : steps?.kind === 'literal'
        ? `${JSON.stringify(steps.value)} steps`
        : 'few steps, as many as it works out'
  return [
    {
      check: 'saves',
      level: 'ok',
      line: args.lines['save_steps'] ?? line,
      what: `it saves a checkpoint every ${every}`,
    },
  ]
}

function helper({ callbacks, latestVerified }: ScriptSaving): SpotFinding[] {
  if (callbacks.length > 0 && latestVerified.length > 0) {
    return [
      {
        check: 'helper',
        level: 'ok',
        line: callbacks[0] ?? null,
        what: 'it has both lines of holdfast_checkpoint: sealed checkpoints, verified before they are resumed',
      },
    ]
  }
  if (callbacks.length > 0) {
    return [
      {
        check: 'helper',
        level: 'risk',
        line: callbacks[0] ?? null,
        what: 'DurableCheckpoints seals checkpoints, and nothing verifies them',
        why: 'a torn checkpoint is resumed all the same',
        fix: 'trainer.train(resume_from_checkpoint=latest_verified(args.output_dir))',
      },
    ]
  }
  if (latestVerified.length > 0) {
    return [
      {
        check: 'helper',
        level: 'stop',
        line: latestVerified[0] ?? null,
        what: 'latest_verified looks for manifests that nothing writes',
        why: 'without DurableCheckpoints every checkpoint counts as torn: each start is from step 0',
        fix: 'trainer.add_callback(DurableCheckpoints(args.output_dir))',
      },
    ]
  }
  return [
    {
      check: 'helper',
      level: 'risk',
      line: null,
      what: 'it does not use holdfast_checkpoint',
      why: 'the Trainer writes a checkpoint file by file and SageMaker copies it file by file, so an interruption leaves torn ones that look whole',
      fix: 'put holdfast_checkpoint.py beside it, and its two lines in: see docs/training.md',
    },
  ]
}

/** No Trainer: what can be read is whether it saves and loads anything at all. */
function ownLoop({ loopSaves, loopLoads, fits }: ScriptSaving): SpotFinding[] {
  if (loopSaves.length === 0) {
    return [
      {
        check: 'saves',
        level: 'stop',
        line: fits[0] ?? null,
        what: 'it has no Trainer, and nothing that saves a checkpoint',
        why: 'an interruption starts it again from nothing',
        fix: 'save to /opt/ml/checkpoints every few minutes and load the newest at the start',
      },
    ]
  }
  if (loopLoads.length === 0) {
    return [
      {
        check: 'resumes',
        level: 'stop',
        line: loopSaves[0] ?? null,
        what: 'it saves, and never loads what it has saved',
        why: 'an interruption starts it again from nothing',
        fix: 'load the newest checkpoint of /opt/ml/checkpoints at the start',
      },
    ]
  }
  return [
    {
      check: 'resumes',
      level: 'risk',
      line: loopSaves[0] ?? null,
      what: 'it has a training loop of its own, which saves and loads',
      why: 'whether it saves often, to /opt/ml/checkpoints, and resumes only what is whole cannot be read from it',
      fix: 'call DurableCheckpoints and latest_verified from the loop',
    },
  ]
}

function saveTotalLimit({ trainingArguments, callbacks }: ScriptSaving): SpotFinding[] {
  return trainingArguments.flatMap(({ settings, lines }): SpotFinding[] => {
    const limit = known(settings['save_total_limit'])
    const line = lines['save_total_limit'] ?? null
    const common = {
      check: 'save-total-limit',
      line,
      fix: 'leave save_total_limit out: DurableCheckpoints rotates by step and keeps three',
    } as const
    if (typeof limit !== 'number') return []
    if (limit < 2) {
      const why =
        callbacks.length > 0
          ? 'the newest may be torn; DurableCheckpoints refuses to start with it'
          : 'the newest may be torn, and then there is nothing to fall back on'
      return [
        { ...common, level: 'stop', what: `save_total_limit=${limit} keeps one checkpoint`, why },
      ]
    }
    if (callbacks.length > 0) return []
    return [
      {
        ...common,
        level: 'risk',
        what: `save_total_limit=${limit}: the Trainer deletes older checkpoints by the times of their folders`,
        why: 'those are arbitrary after a restore, so it may delete the newest ones, and it does not wait until a newer one is in S3',
      },
    ]
  })
}

function resumeParts({ trainingArguments }: ScriptSaving): SpotFinding[] {
  return trainingArguments.flatMap(({ settings, lines }): SpotFinding[] => [
    ...(known(settings['save_only_model']) === true
      ? [
          {
            check: 'resume-parts' as const,
            level: 'risk' as const,
            line: lines['save_only_model'] ?? null,
            what: 'save_only_model: optimizer, schedule and random state are not saved',
            why: 'a resumed training begins with a new optimizer and ends elsewhere',
            fix: 'leave save_only_model out',
          },
        ]
      : []),
    ...(known(settings['ignore_data_skip']) === true
      ? [
          {
            check: 'resume-parts' as const,
            level: 'risk' as const,
            line: lines['ignore_data_skip'] ?? null,
            what: 'ignore_data_skip: a resumed epoch begins with its first batch again',
            why: 'some rows are trained on twice and others never',
            fix: 'leave ignore_data_skip out',
          },
        ]
      : []),
  ])
}

function sigterm({ sigterm, trainingArguments }: ScriptSaving): SpotFinding[] {
  const jit = trainingArguments.filter(
    ({ settings }) => known(settings['enable_jit_checkpoint']) === true,
  )
  const at = [...sigterm, ...jit.map(({ lines, line }) => lines['enable_jit_checkpoint'] ?? line)]
  return at.map((line) => ({
    check: 'sigterm',
    level: 'risk',
    line,
    what: 'it counts on SIGTERM to save at the last moment',
    why: 'in the stock containers SIGTERM does not reach the script',
    fix: 'save every few minutes, whatever it does on SIGTERM',
  }))
}

function flags({ flags: script }: ScriptFacts): SpotFinding[] {
  return script.flags.flatMap((flag): SpotFinding[] => {
    if (isSwitch(flag) && !/help|version/.test(flag.action ?? '')) {
      return [
        {
          check: 'switch',
          level: 'risk',
          line: flag.line,
          what: `--${flag.name} is a switch (${flag.action}) and takes no value`,
          why: `SageMaker sends every hyperparameter as --name value: --${flag.name} True ends the script with an argparse error`,
          fix: 'type=lambda text: text == "True", default=False',
        },
      ]
    }
    if (misreadsFalse(flag)) {
      return [
        {
          check: 'bool-type',
          level: 'risk',
          line: flag.line,
          what: `--${flag.name} reads "False" as true`,
          why: 'SageMaker sends text, and any text but the empty one is true',
          fix: 'type=lambda text: text == "True"',
        },
      ]
    }
    return []
  })
}

function modelDir({ flags: script, saving }: ScriptFacts): SpotFinding[] {
  const toModelDir = saving.modelSaves.filter(({ to }) => to !== null && isModelDir(to))
  const pickled = [
    ...toModelDir.filter((save) => save.pickled).map(({ line }) => line),
    ...saving.trainingArguments
      .filter(({ settings }) => known(settings['save_safetensors']) === false)
      .map(({ lines, line }) => lines['save_safetensors'] ?? line),
  ]
  const findings: SpotFinding[] = pickled.map((line) => ({
    check: 'pickle',
    level: 'risk',
    line,
    what: 'it writes the weights as a pickle',
    why: 'a pickle can run code when it is loaded: the evaluation and `holdfast predict` refuse it',
    fix: 'save_model or save_pretrained without safe_serialization=False',
  }))
  if (toModelDir.length > 0) {
    const [first] = toModelDir
    return [
      {
        check: 'model-dir',
        level: 'ok',
        line: first?.line ?? null,
        what: 'it writes the model to SM_MODEL_DIR',
      },
      ...findings,
    ]
  }
  const told = knowsModelDir(script) || parsesTrainingArguments(script)
  return [
    {
      check: 'model-dir',
      level: told ? 'risk' : 'stop',
      line: saving.modelSaves[0]?.line ?? null,
      what: told
        ? 'where it writes the model cannot be read from it'
        : 'it writes no model to SM_MODEL_DIR',
      why: 'only what lies there when the script ends becomes model.tar.gz',
      fix: 'trainer.save_model(os.environ["SM_MODEL_DIR"])',
    },
    ...findings,
  ]
}

function isModelDir(value: ScriptValue): boolean {
  const isPath = (text: unknown) => typeof text === 'string' && text.startsWith('/opt/ml/model')
  if (value.kind === 'literal') return isPath(value.value)
  if (value.kind === 'flag') {
    return (
      value.default?.env === 'SM_MODEL_DIR' ||
      isPath(value.default?.value) ||
      /^model[_-]dir$/.test(value.name)
    )
  }
  return value.env === 'SM_MODEL_DIR' || value.strings.some(isPath)
}
