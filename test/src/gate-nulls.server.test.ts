import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { judge, type Difference, type Interval } from '../../src/gate'
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
  const python = process.env['HOLDFAST_PYTHON']
  if (!python) throw new Error('HOLDFAST_PYTHON is not set')
  const args = [seed, draws, candidate, champion, twins ? 'twins' : 'strangers'].map(String)
  const { stdout } = await promisify(execFile)(
    python,
    ['-B', '-c', script, join(packageRoot(), 'training'), ...args],
    { maxBuffer: 1 << 26, timeout: 200_000, env: { ...process.env, OMP_NUM_THREADS: '1' } },
  )
  const verdicts = (JSON.parse(stdout) as Scored[]).map(({ champion: theirs, paired, ...ours }) =>
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

  test('one that is clearly worse never does', async () => {
    expect(await passes({ draws: 20, candidate: 0.7, champion: 0.8 })).toBe(0)
  })
})
