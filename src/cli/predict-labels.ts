import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { HoldfastError } from '../errors'
import { packageRoot } from '../package-root'

export interface Prediction {
  label: string
  /** Probability, 0 to 1. */
  score: number
}

/** Seconds: importing torch takes up to half a minute on a cold disk. */
const deadlineSeconds = 600

/**
 * Labels texts with an unpacked model, in the Python that `HOLDFAST_PYTHON` names.
 *
 * @example
 * await predictLabels({ modelDir, texts: ['What a film!'], env: process.env })
 * // [{ label: 'positive', score: 0.98 }]
 */
export async function predictLabels(options: {
  modelDir: string
  texts: string[]
  env: NodeJS.ProcessEnv
}): Promise<Prediction[]> {
  const { modelDir, texts, env } = options
  const python = env['HOLDFAST_PYTHON']
  if (!python) {
    throw new HoldfastError({
      code: 'E_PYTHON_MISSING',
      what: 'predicting needs a Python with torch and transformers',
      where: 'HOLDFAST_PYTHON is not set',
      hint: '`holdfast up --detach` sets one up, or name your own: HOLDFAST_PYTHON=/path/to/python',
    })
  }
  const script = join(packageRoot(), 'training/predict.py')
  const answer = await runPython({
    python,
    args: [script, '--model', modelDir],
    env,
    stdin: JSON.stringify(texts),
  })
  return JSON.parse(answer) as Prediction[]
}

function runPython(options: {
  python: string
  args: string[]
  env: NodeJS.ProcessEnv
  stdin: string
}): Promise<string> {
  const { python, args, env, stdin } = options
  return new Promise((resolve, reject) => {
    const child = spawn(python, args, {
      env,
      stdio: 'pipe',
      timeout: deadlineSeconds * 1000,
      killSignal: 'SIGKILL',
    })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    const fail = (where: string, cause?: unknown): void => {
      reject(
        new HoldfastError({
          code: 'E_PYTHON_FAILED',
          what: 'the model could not be asked',
          where,
          hint: '`holdfast doctor` checks the Python that is used',
          cause,
        }),
      )
    }
    child.once('error', (error) => fail(error.message, error))
    child.once('close', (code, signal) => {
      if (code === 0) resolve(stdout)
      else fail(lastLines(stderr) || `${python} ended with ${signal ?? code ?? 'no code'}`)
    })
    // Python may end before it has read everything; its exit code then says why.
    child.stdin.on('error', () => undefined)
    child.stdin.end(stdin)
  })
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-3).join('\n')
}
