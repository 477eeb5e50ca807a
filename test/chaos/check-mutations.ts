import { audit, type Violation } from './auditor/audit'
import { reaperPeriod, startChaosPlatform, type ChaosPlatform } from './chaos-platform'
import { mutateTree } from './mutated-tree'
import { mutations, type Mutation } from './mutations'
import { randomFrom } from './random'
import { runCases, type Case } from './run-cases'

export interface MutationOutcome {
  name: string
  mistake: string
  /** What the auditor says of the mistaken code; it must say something. */
  caught: string[]
  /** And of the code as it is, in the same moment; it must say nothing. */
  unpatched: string[]
  /** Why the outcome shows nothing: a moment that never came. */
  unmet: string[]
}

export interface MutationsResult {
  seed: number
  runner: string
  seconds: number
  outcomes: MutationOutcome[]
}

/** Seconds after which a run that has not ended counts as lost: beyond every timeout that is tested here. */
const patience = 120

/** All cases on the code as it is, at once; then each mistake by itself. */
export async function checkMutations(options: {
  seed: number
  parallel: number
  runner: 'toolkit' | 'built-in'
  /** Names; all unless given. */
  only?: string[]
  say: (line: string) => void
}): Promise<MutationsResult> {
  const { seed, parallel, runner, only, say } = options
  const chosen = mutations.filter(({ name }) => only === undefined || only.includes(name))
  const started = Date.now()
  const chaos = await startChaosPlatform({
    random: randomFrom(seed),
    seed,
    runner,
    control: 2,
    // A pass is a case of its own.
    noReaper: true,
  })
  try {
    const outcomes: MutationOutcome[] = []
    say('the code as it is')
    const sound = await tryOut({ chaos, tried: chosen, kind: 'sound', parallel, say })
    for (const mutation of chosen) {
      const { name, mistake } = mutation
      say(`${name}: patched`)
      const mutated = await mutateTree(mutation.patches)
      try {
        await chaos.useTree(mutated.root)
        const tree = mutated.root
        const broken = await tryOut({
          chaos,
          tried: [mutation],
          kind: 'mutant',
          tree,
          parallel,
          say,
        })
        outcomes.push({
          name,
          mistake,
          caught: broken.faults(name),
          unpatched: sound.faults(name),
          unmet: [...sound.unmet(name), ...broken.unmet(name)],
        })
        say(`${name}: ${broken.faults(name).join('; ') || 'NOT CAUGHT'}`)
      } finally {
        mutated.remove()
      }
    }
    return {
      seed,
      runner,
      seconds: Math.round((Date.now() - started) / 1000),
      outcomes,
    }
  } finally {
    await chaos.stop()
  }
}

async function tryOut(options: {
  chaos: ChaosPlatform
  tried: readonly Mutation[]
  kind: 'sound' | 'mutant'
  /** Root of the patched tree, whose checkpoint helper the trainings use. */
  tree?: string
  parallel: number
  say: (line: string) => void
}): Promise<{ faults: (name: string) => string[]; unmet: (name: string) => string[] }> {
  const { chaos, tried, kind, tree, parallel, say } = options
  /** Which mutation a pipeline is for. */
  const purpose = new Map<string, string>()
  const cases = tried.flatMap((mutation) => {
    const number = mutations.indexOf(mutation) * 10
    const name = (index: number) => `${kind}-${String(number + index).padStart(4, '0')}`
    const own = mutation.cases(name).map((each): Case => ({
      ...each,
      title: `${mutation.name}: ${each.title}`,
      pipeline: { ...each.pipeline, ...(tree ? { tree } : {}) },
    }))
    const names = own.map(({ pipeline }) => pipeline.name)
    for (const each of names) purpose.set(each, mutation.name)
    mutation.prepare?.(chaos, names)
    return own
  })
  const before = chaos.s3.ownerless.length
  const { runs, unmet } = await runCases({ chaos, cases, parallel, seconds: patience, say })
  const ownerless = chaos.s3.ownerless.slice(before)
  const { violations } = await audit({
    dataDir: chaos.dataDir,
    env: chaos.env,
    runs,
    ownerless,
    reaper: { withinSeconds: reaperPeriod },
    secret: chaos.secret,
  })
  chaos.scenario([])
  // What a mistake has left open must not disturb the next one.
  for (const { id } of runs)
    for (const each of [id, `${id}/training`])
      await chaos.temporal.workflow
        .getHandle(each)
        .terminate()
        .catch(() => undefined)
  return {
    faults: (name) =>
      violations
        // What is nobody's in particular is everybody's.
        .filter(
          ({ run }) => run === '' || purpose.get(run.slice(0, `${kind}-0000`.length)) === name,
        )
        .map(wordsOf),
    unmet: (name) => unmet.filter((title) => title.startsWith(`${name}: `)),
  }
}

function wordsOf({ invariant, what }: Violation): string {
  return `${invariant}: ${what}`
}
