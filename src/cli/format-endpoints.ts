import type { EndpointSummary } from '../client'
import { formatDuration } from '../duration'
import type { Colors } from './colors'
import { formatTableWithHead } from './format-table'

/** Columns of what is served: the table has six others. */
const longestSource = 32

/** `holdfast endpoints` for people; `--json` has configurations and reasons too. */
export function formatEndpoints(
  endpoints: EndpointSummary[],
  colors: Colors,
  now: number,
): string[] {
  if (endpoints.length === 0) return ['Nothing is deployed. Deploy with `holdfast deploy`.']
  const rows = endpoints.map((endpoint) => [
    endpoint.endpointName,
    endpoint.status,
    shortSource(endpoint.source),
    trafficOf(endpoint),
    instancesOf(endpoint),
    endpoint.usdPerMonth === null ? 'unknown' : `${endpoint.usdPerMonth.toFixed(2)} USD`,
    endOf(endpoint, now),
  ])
  const header = ['ENDPOINT', 'STATUS', 'SERVES', 'TRAFFIC', 'INSTANCES', 'A MONTH', 'ENDS']
  return formatTableWithHead(header, rows, colors)
}

/** Of an address in S3 its end, which tells it from others; `--json` has all of it. */
function shortSource(source: string): string {
  if (!source.startsWith('s3://') || source.length <= longestSource) return source
  return `…${source.slice(1 - longestSource)}`
}

/** In percent, variant by variant. */
function trafficOf({ variants }: EndpointSummary): string {
  const sum = variants.reduce((total, { weight }) => total + weight, 0)
  return variants
    .map(({ name, weight }) => `${name} ${sum > 0 ? Math.round((100 * weight) / sum) : 0} %`)
    .join(', ')
}

function instancesOf({ variants }: EndpointSummary): string {
  const each = variants.map(({ instanceType, instances }) =>
    instanceType === null ? 'serverless' : `${instances ?? '?'} × ${instanceType}`,
  )
  return [...new Set(each)].join(' + ')
}

/** `in 3h, or after 6h without a request`. */
function endOf({ expiresAt, idleAfter }: EndpointSummary, now: number): string {
  const left = expiresAt === null ? Infinity : (Date.parse(expiresAt) - now) / 1000
  if (left <= 0) return 'due'
  const ways = [
    ...(left < Infinity ? [`in ${formatDuration(left)}`] : []),
    ...(idleAfter === null ? [] : [`after ${formatDuration(idleAfter)} without a request`]),
  ]
  return ways.length > 0 ? ways.join(', or ') : 'never'
}
