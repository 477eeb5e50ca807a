/** What the plans of runs, sweeps, deployments and transforms have in common. */

import type { AwsCall } from '../estimator/aws-call'
import type { EstimatorFault } from '../estimator/estimator-fault'
import type { Colors } from './colors'
import { wrapText } from './wrap-items'

/** Lines below a title; nothing where there are none. */
export function section(title: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines]
}

/** What the service would refuse, or the user would regret. */
export function faultSection(faults: EstimatorFault[], colors: Colors): string[] {
  return section(
    colors.red('Would be refused'),
    faults.flatMap(({ code, field, what, hint }) =>
      wrapText({ text: `${field}: ${what} (${hint}) [${code}]`, indent: '  ' }),
    ),
  )
}

/** Each call with all that it sends. */
export function requestLines(calls: AwsCall[], colors: Colors): string[] {
  return calls.flatMap(({ service, op, params }) => [
    '',
    colors.bold(`${service} ${op}`),
    ...JSON.stringify(params, null, 2)
      .split('\n')
      .map((line) => `  ${line}`),
  ])
}
