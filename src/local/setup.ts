import { formatDuration } from '../duration'
import { cacheFolder, type SetUpContext } from './setup/context'
import { getDemoData } from './setup/demo-data'
import { getDemoModel } from './setup/demo-model'
import { getPython } from './setup/python'
import { getPythonMlflow } from './setup/python-mlflow'
import { getPythonSdk } from './setup/python-sdk'
import { getTemporalCli, getTemporalTestServer } from './setup/temporal'
import { getVersitygw } from './setup/versitygw'

/** What each part of the set-up gives; all are absolute paths. */
interface PartResults {
  temporalCli: { temporalCli: string }
  temporalTestServer: { temporalTestServer: string }
  versitygw: { versitygw: string }
  python: { python: string; runner: 'toolkit' | 'built-in' }
  pythonSdk: { pythonSdk: string }
  pythonMlflow: { pythonMlflow: string }
  model: { modelDir: string }
  data: { dataFile: string }
}
export type Part = keyof PartResults
export type SetUp<P extends Part = Part> = UnionToIntersection<PartResults[P]>
type UnionToIntersection<U> = (U extends unknown ? (of: U) => void : never) extends (
  of: infer I,
) => void
  ? I
  : never

export const allParts = [
  'temporalCli',
  'temporalTestServer',
  'versitygw',
  'python',
  'pythonSdk',
  'pythonMlflow',
  'model',
  'data',
] as const

const makers: { [P in Part]: (context: SetUpContext) => Promise<PartResults[P]> } = {
  temporalCli: async (context) => ({ temporalCli: await getTemporalCli(context) }),
  temporalTestServer: async (context) => ({
    temporalTestServer: await getTemporalTestServer(context),
  }),
  versitygw: async (context) => ({ versitygw: await getVersitygw(context) }),
  python: getPython,
  pythonSdk: async (context) => ({ pythonSdk: await getPythonSdk(context) }),
  pythonMlflow: async (context) => ({ pythonMlflow: await getPythonMlflow(context) }),
  model: async (context) => ({ modelDir: await getDemoModel(context) }),
  data: async (context) => ({ dataFile: await getDemoData(context) }),
}

export interface SetUpOptions<P extends Part> {
  parts: readonly P[]
  onProgress: (line: string) => void
  env?: NodeJS.ProcessEnv
  signal?: AbortSignal
}

/**
 * Makes sure that parts of the local platform are there, in parallel, each cached and verified.
 *
 * @example
 * const { python, runner } = await setUp({ parts: ['python'], onProgress: console.error })
 */
export async function setUp<P extends Part>(options: SetUpOptions<P>): Promise<SetUp<P>> {
  const { parts, onProgress, env = process.env, signal } = options
  const failed = new AbortController()
  const stop = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal
  const context: SetUpContext = { cache: cacheFolder(env), env, onProgress, signal: stop }
  const results = await Promise.allSettled(
    [...new Set(parts)].map(async (part) => {
      const start = Date.now()
      let worked = false
      const tell = (line: string): void => {
        worked = true
        onProgress(line)
      }
      try {
        const result = await makers[part]({ ...context, onProgress: tell })
        if (worked)
          onProgress(`${words[part]}: ready (${formatDuration((Date.now() - start) / 1000)})`)
        return result
      } catch (error) {
        // One part missing is enough to fail: the others stop at once and resume at the next start.
        failed.abort(error)
        throw error
      }
    }),
  )
  if (signal?.aborted) throw signal.reason
  if (failed.signal.aborted) throw failed.signal.reason
  const values = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  return Object.assign({}, ...values) as SetUp<P>
}

const words: Record<Part, string> = {
  temporalCli: 'temporal',
  temporalTestServer: 'temporal test server',
  versitygw: 's3',
  python: 'python',
  pythonSdk: 'python sdk',
  pythonMlflow: 'python mlflow',
  model: 'model',
  data: 'data',
}
