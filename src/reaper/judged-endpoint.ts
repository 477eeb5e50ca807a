/** What the reaper says of endpoints; plain data, for workflows, activities, the client and the CLI alike. */

/**
 * - `kept`: it has time left, is asked, or is being changed.
 * - `unknown`: how often it was asked could not be read; kept.
 * - `foreign`: another namespace's, maybe another cluster's; only listed.
 * - `due`: its remedy is to be started.
 * - `started`: we have started its remedy.
 * - `busy`: another change of it was faster; the next pass looks again.
 */
export type EndpointVerdict = 'kept' | 'unknown' | 'foreign' | 'due' | 'started' | 'busy'

/**
 * - `undeploy`: it has expired, or nobody asks it.
 * - `go back`: a deployment was ended from outside while both versions stood side by side.
 */
export type EndpointRemedy = 'undeploy' | 'go back'

/** One of Holdfast's endpoints, and what is to be done about it. */
export interface JudgedEndpoint {
  endpointName: string
  arn: string
  /** SageMaker's own word. */
  status: string
  /** ISO 8601, UTC, as are all times here. */
  createdAt: string
  changedAt: string
  namespaceId: string
  verdict: EndpointVerdict
  /** A sentence for people. */
  why: string
  remedy: EndpointRemedy
}

/** What the workflow keeps of those that it acted on, or tried to. */
export type EndpointOutcome = Pick<JudgedEndpoint, 'endpointName' | 'verdict' | 'remedy' | 'why'>
