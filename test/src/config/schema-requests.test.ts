/** Whatever a config that is accepted plans, the service model accepts. */

import fc from 'fast-check'
import { checkConsistency } from '../../../src/config/check-consistency'
import { checkSchedule } from '../../../src/config/check-schedule'
import { pipelineJsonSchema } from '../../../src/config/json-schema'
import { pipelineSchema } from '../../../src/config/pipeline-schema'
import { rawConfig } from '../../../src/config/raw'
import { resolvePipeline } from '../../../src/config/resolve-pipeline'
import type { ResolvedPipeline } from '../../../src/config/resolved-pipeline'
import { HoldfastError } from '../../../src/errors'
import { AwsError } from '../../../src/local/sagemaker/aws-error'
import type { Json } from '../../../src/local/sagemaker/json'
import { validateInput } from '../../../src/local/sagemaker/validate'
import { planPipeline } from '../../../src/plan'
import { keysIn, schemaKeys } from '../../schema-keys'
import type { KeySchema } from '../../schema-keys'
import { consistent } from './consistent'
import { valueOf } from './values-of-schema'

const accepted = 10_000
const leastHits = 100
const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)

const schema = pipelineJsonSchema() as KeySchema
const hits = new Map(schemaKeys(schema).map((key) => [key, 0]))
/** Configs that something refused, by what refused them. */
const refused = new Map<string, number>()

/** Some of the keys that were seen least so far, for a config to have. */
function rarest(generate: fc.GeneratorValue): string[] {
  const keys = [...hits].sort(([, one], [, other]) => one - other).slice(0, 40)
  return [0, 1, 2].map(() => keys[generate(fc.nat, { max: keys.length - 1 })]?.[0] ?? '')
}

/** Why nobody could run it; undefined when it is accepted. */
function refusalOf(config: unknown): string | undefined {
  const raw = rawConfig(config)
  const [finding] = [...checkConsistency(raw), ...checkSchedule(raw)]
  return finding && `check: ${finding.message.replace(/"[^"]*"|[\d.]+/g, '…').slice(0, 80)}`
}

function planned(pipeline: ResolvedPipeline): ReturnType<typeof planPipeline> | string {
  try {
    const plan = planPipeline({
      pipeline,
      session: { region: 'us-east-1', account: '111122223333' },
      env: { SAGEMAKER_ROLE_ARN: 'arn:aws:iam::111122223333:role/sagemaker' },
    })
    return plan.faults[0] ? `plan: ${plan.faults[0].code}` : plan
  } catch (error) {
    if (error instanceof HoldfastError) return `plan: ${error.code}`
    throw error
  }
}

/** What stands in angle brackets is decided by the run: of its real form and length here. */
function decided(params: unknown): Json {
  const text = JSON.stringify(params)
    .replaceAll('<sha256>', '0'.repeat(64))
    .replaceAll(
      '<model package>',
      'arn:aws:sagemaker:us-east-1:111122223333:model-package/reviews/1',
    )
    .replace(
      /<(hash|run|owner|time|token|metric|value|id|data|code|config|base model|base revision)>/g,
      '0123456789',
    )
  return JSON.parse(text) as Json
}

/** The service's words about the calls that it would refuse. */
function faultsOf(plan: ReturnType<typeof planPipeline>): string[] {
  return plan.calls
    .filter(({ service }) => service === 'sagemaker')
    .flatMap(({ op, params }) => {
      try {
        validateInput({ service: 'sagemaker', operation: op, input: decided(params) })
        return []
      } catch (error) {
        if (error instanceof AwsError) return [`${op}: ${error.message}`]
        throw error
      }
    })
}

test(`${accepted} random configs that are accepted plan requests that the service model accepts (SEED=${seed})`, () => {
  const property = fc.property(fc.gen(), (generate) => {
    const written = valueOf({
      generate,
      schema: pipelineSchema,
      path: '',
      wanted: rarest(generate),
      share: generate(fc.constantFrom<number[]>, 1, 3, 6),
    })
    const config = consistent({ generate, config: written as Record<string, unknown> })
    const refuse = (reason: string) => {
      refused.set(reason, (refused.get(reason) ?? 0) + 1)
      fc.pre(false)
    }
    const parsed = pipelineSchema.safeParse(config)
    if (!parsed.success) {
      const [issue] = parsed.error.issues
      return refuse(`schema: ${issue?.path.join('.').slice(0, 60)} ${issue?.code}`)
    }
    const refusal = refusalOf(config)
    if (refusal !== undefined) return refuse(refusal)
    const origin = { source: 'pipeline.yaml', readAt: '2026-11-28' }
    const plan = planned(
      resolvePipeline({ config: parsed.data, baseDir: '/', env: {}, written: origin }),
    )
    if (typeof plan === 'string') return refuse(plan)
    const faults = faultsOf(plan)
    if (faults.length > 0) throw new Error(`${faults.join('\n')}\n${JSON.stringify(config)}`)
    for (const key of new Set(keysIn(config, schema))) hits.set(key, (hits.get(key) ?? 0) + 1)
  })
  fc.assert(property, { numRuns: accepted, seed, maxSkipsPerRun: 20, endOnFailure: true })
}, 600_000)

test('every key of the schema was in at least 100 of them', () => {
  const rare = [...hits].filter(([, count]) => count < leastHits)
  expect(Object.fromEntries(rare)).toEqual({})
})

afterAll(() => {
  const reasons = [...refused].sort(([, one], [, other]) => other - one)
  const all = reasons.reduce((sum, [, count]) => sum + count, 0)
  const list = reasons.map(([reason, count]) => `  ${count} ${reason}`)
  process.stdout.write(`${all} configs were refused beforehand:\n${list.join('\n')}\n`)
})
