import { joinUri } from '../src/aws/s3-uri'
import { HoldfastError } from '../src/errors'
import type { Evaluation } from '../src/gate'
import { storageOf, type Dependencies } from './dependencies'

/** Reads and checks the `metrics.json` that the evaluation job wrote. */
export async function readEvaluation(
  deps: Dependencies,
  { outputUri }: { outputUri: string },
): Promise<Evaluation> {
  const uri = joinUri(outputUri, 'metrics.json')
  const bytes = await (await storageOf(deps)).readIfThere(uri)
  if (bytes === null) throw unusable(uri, 'the evaluation job wrote no metrics.json')
  let report: Record<string, unknown>
  try {
    report = JSON.parse(bytes.toString('utf8')) as Record<string, unknown>
  } catch (cause) {
    throw unusable(uri, 'metrics.json is not JSON', cause)
  }
  const metrics = Object.fromEntries(
    Object.entries((report['metrics'] ?? {}) as Record<string, unknown>).filter(
      (entry): entry is [string, number] => typeof entry[1] === 'number',
    ),
  )
  const artifact = report['artifact'] as { sha256?: unknown } | undefined
  if (typeof report['rows'] !== 'number' || typeof artifact?.sha256 !== 'string') {
    throw unusable(uri, 'metrics.json lacks `rows` or `artifact.sha256`')
  }
  const labels = Array.isArray(report['labels']) ? report['labels'].map(String) : []
  return { metrics, rows: report['rows'], labels, artifactSha256: artifact.sha256 }
}

function unusable(where: string, what: string, cause?: unknown): HoldfastError {
  return new HoldfastError({
    code: 'E_EVALUATION_UNREADABLE',
    what,
    where,
    hint: 'evaluate.py must follow the contract in docs/evaluation.md',
    cause,
  })
}
