import type { ScriptFacts } from './read-script-saving'
import type { SpotFinding } from './spot-readiness'

const check = 'resumes'
const fix = 'trainer.train(resume_from_checkpoint=latest_verified(args.output_dir))'

/** Whether a second start goes on where the first one was interrupted, and from what. */
export function isResumed({ saving }: ScriptFacts): SpotFinding[] {
  if (saving.trainCalls.length === 0) {
    if (saving.latestVerified.length > 0) {
      const line = saving.latestVerified[0] ?? null
      return [{ check, level: 'ok', line, what: 'it looks for the newest verified checkpoint' }]
    }
    const line = saving.trainers[0] ?? null
    const what = 'no trainer.train(...) was found in it'
    return [{ check, level: 'risk', line, what, why: 'only this file is read', fix }]
  }
  return saving.trainCalls.map(({ line, resume, unread }): SpotFinding => {
    if (resume === undefined) {
      if (unread) return own(line)
      const what = 'train() is called without resume_from_checkpoint'
      return { check, level: 'stop', line, what, why: fromNothing, fix }
    }
    const { calls } = resume
    if (calls.includes('latest_verified')) {
      return { check, level: 'ok', line, what: 'it resumes the newest verified checkpoint' }
    }
    if (calls.includes('get_last_checkpoint')) {
      return {
        check,
        level: 'risk',
        line,
        what: 'it resumes what get_last_checkpoint finds: the folder with the highest number',
        why: 'that folder may be torn, even empty: the job then fails at each start, or goes on with a new optimizer and says nothing',
        fix,
      }
    }
    if (resume.kind === 'literal') {
      if (resume.value === true) {
        const what = 'resume_from_checkpoint=True'
        const why =
          'the first start has no checkpoint and ends with a ValueError; later ones take the highest number, whole or torn'
        return { check, level: 'stop', line, what, why, fix }
      }
      const what = `resume_from_checkpoint=${JSON.stringify(resume.value)}: the same at every start`
      return { check, level: 'stop', line, what, why: fromNothing, fix }
    }
    if (resume.kind === 'flag') {
      const what = `resume_from_checkpoint is the flag --${resume.name}: the same at every start`
      const why = `a hyperparameter cannot name what was saved since; ${fromNothing}`
      return { check, level: 'stop', line, what, why, fix }
    }
    return own(line)
  })
}

const fromNothing = 'an interruption starts it again from step 0'

function own(line: number): SpotFinding {
  const what = 'it chooses the checkpoint to resume by itself'
  const why = 'whether it passes over torn ones cannot be read from it'
  return { check, level: 'risk', line, what, why, fix }
}
