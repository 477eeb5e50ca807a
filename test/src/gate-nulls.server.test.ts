import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { judge, type Difference, type Interval, type SliceScore } from '../../src/gate'
import { packageRoot } from '../../src/package-root'

jest.setTimeout(240_000)

const seed = Number(process.env['SEED'] ?? 20261128)

/** Of each resample: metrics, intervals and paired differences, as evaluate.py makes them. */
const script = `
import argparse, json, sys
sys.path.insert(0, sys.argv[1])
import numpy as np
import evaluate

seed, resamples, candidate, champion, twins = int(sys.argv[2]), int(sys.argv[3]), *map(float, sys.argv[4:6]), sys.argv[6] == "twins"
found = []
for number in range(resamples):
    rng = np.random.default_rng([seed, number])
    actual = rng.integers(0, 2, 500)
    def model(accuracy):
        right = rng.random(500) < accuracy
        predicted = np.where(right, actual, 1 - actual)
        chances = np.full((500, 2), 0.2)
        chances[np.arange(500), predicted] = 0.8
        return evaluate.scores_of_texts(actual, chances, -np.log(chances[np.arange(500), actual]))
    ours = model(candidate)
    theirs = ours if twins else model(champion)
    args = argparse.Namespace(resamples=200, level=0.95, seed=number)
    intervals, paired = evaluate.bootstrap(ours, theirs, args)
    found.append({"metrics": ours.metrics(), "intervals": intervals, "champion": theirs.metrics(), "paired": paired})
print(json.dumps(found))
`

/** Of each resample: the slices of 25 shops, as evaluate.py makes them of two models that are as good. */
const sliced = `
import argparse, json, sys
sys.path.insert(0, sys.argv[1])
import numpy as np
import evaluate

seed, draws = int(sys.argv[2]), int(sys.argv[3])
rows, shops = 2500, 25
args = argparse.Namespace(resamples=1000, level=0.95, seed=seed)
def scored(right):
    counts = {"eval_accuracy": evaluate.per_row(right), "rows": evaluate.per_row(np.ones(rows))}
    return evaluate.Scores([None] * rows, counts, evaluate.means)
found = []
for number in range(draws):
    rng = np.random.default_rng([seed, number])
    ours, theirs = (scored((rng.random(rows) < 0.8).astype(float)) for _ in range(2))
    parts = [("shop", str(shop), np.arange(shop, rows, shops)) for shop in range(shops)]
    slices = [evaluate.slice_of(ours, theirs, part, args) for part in parts]
    found.append({"metrics": ours.metrics(), "champion": theirs.metrics(), "slices": slices})
print(json.dumps(found))
`

async function measured<Found>(code: string, ...args: (string | number)[]): Promise<Found> {
  const python = process.env['HOLDFAST_PYTHON']
  if (!python) throw new Error('HOLDFAST_PYTHON is not set')
  const { stdout } = await promisify(execFile)(
    python,
    ['-B', '-c', code, join(packageRoot(), 'training'), ...args.map(String)],
    { maxBuffer: 1 << 26, timeout: 200_000, env: { ...process.env, OMP_NUM_THREADS: '1' } },
  )
  return JSON.parse(stdout) as Found
}

interface Scored {
  metrics: Record<string, number>
  intervals: Record<string, Interval>
  champion: Record<string, number>
  paired: Record<string, Difference>
}

/** How often the gate lets the candidate pass, of so many seeded draws of 500 rows. */
async function passes(options: {
  draws: number
  candidate: number
  champion: number
  twins?: boolean
  beatsChampionBy?: number
  metric?: string
}): Promise<number> {
  const { draws, candidate, champion, twins = false, beatsChampionBy = 0 } = options
  const { metric = 'eval_accuracy' } = options
  const kind = twins ? 'twins' : 'strangers'
  const scored = await measured<Scored[]>(script, seed, draws, candidate, champion, kind)
  const verdicts = scored.map(({ champion: theirs, paired, ...ours }) =>
    judge({
      evaluation: {
        ...ours,
        ...{ rows: 500, labels: ['neg', 'pos'], artifactSha256: 'new', level: 0.95 },
        champion: { sha256: 'old', metrics: theirs, paired },
      },
      artifactSha256: 'new',
      metric,
      gate: { beatsChampionBy },
      champion: { model: 'm', version: 1, sha256: 'old', artifactUri: 's3://b/old' },
    }),
  )
  return verdicts.filter(({ passed }) => passed).length
}

describe(`the champion's rule under chance (SEED=${seed})`, () => {
  test('a model is never better than itself', async () => {
    for (const metric of ['eval_accuracy', 'eval_f1', 'eval_loss']) {
      const twins = { draws: 20, candidate: 0.8, champion: 0.8, twins: true, metric }
      expect(await passes(twins)).toBe(0)
    }
  })

  test('one that is as good, with other errors, is better by luck in at most 1 of 20 resamples', async () => {
    expect(await passes({ draws: 20, candidate: 0.8, champion: 0.8 })).toBeLessThanOrEqual(1)
  })

  test('and over many resamples about as often as the confidence says', async () => {
    // 2.5 % of 100 are 2.5; more than 10 would come about once in 10,000 times.
    expect(await passes({ draws: 100, candidate: 0.8, champion: 0.8 })).toBeLessThanOrEqual(10)
  })

  test('one that is clearly better passes in every resample, by more than was asked for', async () => {
    const clear = { draws: 20, candidate: 0.95, champion: 0.8 }
    expect(await passes({ ...clear, beatsChampionBy: 0.02 })).toBe(20)
    expect(await passes({ ...clear, metric: 'eval_loss' })).toBe(20)
    expect(await passes({ ...clear, beatsChampionBy: 0.3 })).toBe(0)
  })

  test('one that is as good in 25 slices is rejected as seldom as in one, which without a correction it is not', async () => {
    type Sliced = Pick<Scored, 'metrics' | 'champion'> & { slices: SliceScore[] }
    const scored = await measured<Sliced[]>(sliced, seed, 10)
    const rejected = (sliceCorrection: 'holm' | 'none') =>
      scored.filter(({ champion: theirs, ...ours }) => {
        const { passed } = judge({
          evaluation: {
            ...ours,
            ...{ rows: 2_500, labels: ['neg', 'pos'], artifactSha256: 'new', level: 0.95 },
            champion: { sha256: 'old', metrics: theirs },
          },
          ...{ artifactSha256: 'new', metric: 'eval_accuracy' },
          gate: { noSliceWorseBy: 0.05, sliceCorrection },
          champion: { model: 'm', version: 1, sha256: 'old', artifactUri: 's3://b/old' },
        })
        return !passed
      }).length
    // At one in forty, three of ten would come about once in 600 times.
    expect(rejected('holm')).toBeLessThanOrEqual(2)
    // At 1 − 0.975^25 = 47 %, fewer than two about once in 60 times.
    expect(rejected('none')).toBeGreaterThanOrEqual(2)
  })

  test('one that is clearly worse never does', async () => {
    expect(await passes({ draws: 20, candidate: 0.7, champion: 0.8 })).toBe(0)
  })
})
