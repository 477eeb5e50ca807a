/** What a debugger rule does when it finds something: as the SDK writes it into the rule's parameters. */

import { HoldfastError } from '../errors'

export type RuleAction =
  /** Stops the jobs whose names begin so; by default the job itself. */
  | { type: 'stopTraining'; trainingJobPrefix?: string }
  | { type: 'email'; emailAddress: string }
  /** In the form +15551234567. */
  | { type: 'sms'; phoneNumber: string }

/**
 * @throws HoldfastError `E_RULE`
 * @example
 * actionJson({ type: 'sms', phoneNumber: '+15551234567' }, 'job-1')
 * // '{\\"endpoint\\": \\"+15551234567\\", \\"name\\": \\"sms\\"}'
 */
export function actionJson(actions: RuleAction | RuleAction[], jobName: string): string {
  if (!Array.isArray(actions)) return oneAction(actions, jobName)
  return `[${actions.map((action) => oneAction(action, jobName)).join(', ')}]`
}

/** The quotes are escaped once more, because the rule's container reads the text as a literal. */
function oneAction(action: RuleAction, jobName: string): string {
  const members = Object.entries(parametersOf(action, jobName))
  return `{${members.map(([key, value]) => `\\"${key}\\": \\"${value}\\"`).join(', ')}}`
}

function parametersOf(action: RuleAction, jobName: string): Record<string, string> {
  if (action.type === 'email') {
    check(/^[^@\s"\\]+@[^@\s"\\]+\.[^@\s"\\]+$/.test(action.emailAddress), 'an e-mail address')
    return { endpoint: action.emailAddress, name: 'email' }
  }
  if (action.type === 'sms') {
    check(/^\+\d{1,15}$/.test(action.phoneNumber), 'a number like +15551234567')
    return { endpoint: action.phoneNumber, name: 'sms' }
  }
  const { trainingJobPrefix: prefix } = action
  if (prefix === undefined) return { name: 'stoptraining', training_job_prefix: jobName }
  check(/^[A-Za-z0-9-]+$/.test(prefix), 'a prefix of letters, digits and hyphens')
  return { training_job_prefix: prefix, name: 'stoptraining' }
}

function check(good: boolean, wanted: string): void {
  if (good) return
  throw new HoldfastError({ code: 'E_RULE', what: `the action needs ${wanted}`, where: 'rules' })
}
