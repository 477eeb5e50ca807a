import type { SetUpContext } from './context'
import { lockedEnvironment } from './locked-environment'

/** A Python with MLflow's own server, to which the tests feed runs. */
export async function getPythonMlflow(context: SetUpContext): Promise<string> {
  return lockedEnvironment(context, {
    part: 'pythonMlflow',
    words: 'python mlflow',
    name: 'python-mlflow',
    lockFile: 'requirements-mlflow.txt',
    needBytes: 500e6,
    installs: 'MLflow’s server (60 MB, 210 MB on disk)',
    variable: 'HOLDFAST_PYTHON_MLFLOW',
    check: 'import mlflow, fastapi, pandas, sqlalchemy, flask',
  })
}
