import type { ResolvedDataset, ResolvedPipeline } from '../config/resolved-pipeline'
import { formatDuration } from '../duration'
import { gateRules } from '../plan/gate-rules'
import { plannedPlacement } from '../plan/plan-pipeline'
import type { Colors } from './colors'
import { formatPlacement } from './format-placement'
import { formatTable } from './format-table'

/** What a run is about to do, in a few lines; `holdfast plan` has the exact requests and prices. */
export function formatShortPlan(pipeline: ResolvedPipeline, colors: Colors): string[] {
  const { model, train, publish } = pipeline
  const placements = train.placements.map((placement) =>
    formatPlacement(plannedPlacement({ pipeline, placement })),
  )
  const waits = train.placements.some(({ useSpotInstances }) => useSpotInstances)
    ? `, at most ${formatDuration(train.maxWait)} with waiting for capacity`
    : ''
  const rows = [
    ['dataset', datasetOf(pipeline)],
    ['model', model === undefined ? 'of the script' : model.kind === 'hub' ? model.id : model.path],
    ['train', `${train.entryPoint} on ${placements.join(', then ')}`],
    ['', `at most ${formatDuration(train.maxRun)}${waits}`],
    ...(pipeline.dataset
      ? [
          ...gateRules(pipeline).map((rule, at) => [at === 0 ? 'gate' : '', rule]),
          ['publish', publish ? `the next version of ${publish.model}` : 'nothing'],
        ]
      : []),
  ]
  return [
    `Plan for ${colors.bold(pipeline.name)}`,
    ...formatTable(rows.map(([name = '', value = '']) => [`  ${colors.dim(name)}`, value])),
    '',
  ]
}

function datasetOf({ dataset, train }: ResolvedPipeline): string {
  const channels = Object.keys(train.inputs)
  const own = channels.length > 0 ? `channels of your own: ${channels.join(', ')}` : undefined
  if (!dataset) return own ?? 'none: the run ends with its training'
  const how = dataset.format === 'arrow' ? 'taken as it is' : splitOf(dataset.split)
  return [`${dataset.path}, ${how}`, ...(own ? [own] : [])].join('; ')
}

function splitOf({ test, validation }: ResolvedDataset['split']): string {
  const held = `${Math.round(test * 100)}% held out`
  return validation === undefined
    ? held
    : `${held}, ${Math.round(validation * 100)}% for validation`
}
