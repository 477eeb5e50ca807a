import type { RunError } from '../run-state'
import type { TrialEnd, TrialSummary } from './sweep-state'

/** How a trial ended, as a line of the leaderboard. */
export function summarizeTrial({
  end,
  hyperparameters,
}: {
  end: TrialEnd
  hyperparameters: TrialSummary['hyperparameters']
}): TrialSummary {
  const { number, state, score, attempts, error } = end
  return {
    number,
    state,
    hyperparameters,
    score,
    attempts: attempts.length,
    billableSeconds: attempts.reduce((sum, { billableSeconds }) => sum + billableSeconds, 0),
    error: error && { code: error.code, message: messageOf(error) },
  }
}

/** Characters of what a script raised: a line of a table, not a log. */
const longestRaised = 300
/** As Python prints an exception at the end of a traceback; the toolkit's own line only repeats it. */
const exception = /^(?!ExecuteUserScriptError)[A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit)\b/

/** What the script raised comes first: the service itself often knows no more than an exit code. */
function messageOf({ message, logTail = [] }: RunError): string {
  const raised = [...logTail].reverse().find((line) => exception.test(line))
  if (raised === undefined || message.includes(raised)) return message
  return `${raised.slice(0, longestRaised)} (${message})`
}
