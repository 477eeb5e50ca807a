import type { SetUpContext } from './context'
import { lockedEnvironment } from './locked-environment'

/**
 * A Python with the SageMaker Python SDK 2.x and boto3, unmodified, which the tests let train on the
 * local platform.
 */
export async function getPythonSdk(context: SetUpContext): Promise<string> {
  return lockedEnvironment(context, {
    part: 'pythonSdk',
    words: 'python sdk',
    name: 'python-sdk',
    lockFile: 'requirements-sdk.txt',
    needBytes: 500e6,
    installs: 'the SageMaker Python SDK (50 MB, 200 MB on disk)',
    variable: 'HOLDFAST_PYTHON_SDK',
    check: 'import sagemaker.huggingface',
  })
}
