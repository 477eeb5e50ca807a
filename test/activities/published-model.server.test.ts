import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DeleteEndpointCommand,
  DescribeEndpointCommand,
} from '@aws-sdk/client-sagemaker'
import { InvokeEndpointCommand } from '@aws-sdk/client-sagemaker-runtime'

import { publish, type PublishInput } from '../../activities/publish'
import { sealArtifact } from '../../activities/seal-artifact'
import { predictLabels } from '../../src/cli/predict-labels'
import { fetchModel } from '../../src/client'
import { endJobs } from '../../src/local/end-jobs'
import { startHubServer, token, type HubServer } from '../src/models/hub/hub-server'
import { runHubClient } from '../src/models/hub/run-hub-client'
import { pipeline } from '../src/plan/pipeline'
import { startLocalAws, type LocalAws } from './local-aws'

jest.setTimeout(300_000)

const python = process.env['HOLDFAST_PYTHON'] ?? 'python3'
const script = join(__dirname, 'tiny_classifier.py')
const texts = ['good film', 'what is the bad film ?', 'the the the . ?', 'unheard-of words']

let local: LocalAws
let hub: HubServer
beforeAll(async () => {
  local = await startLocalAws({ python })
  mkdirSync(join(local.root, 'hub'))
  hub = await startHubServer({ folder: join(local.root, 'hub') })
  Object.assign(local.env, { HF_ENDPOINT: hub.endpoint, HF_TOKEN: token })
})
afterAll(async () => {
  await hub.stop()
  await endJobs(local.dataDir)
  await local.stop()
})

const askPython = async (...args: string[]) =>
  (await promisify(execFile)(python, [script, ...args], { timeout: 120_000 })).stdout

/** What an endpoint answers that serves this version of the registry. */
async function askEndpoint(modelPackageArn: string): Promise<Prediction[]> {
  const { sagemaker, runtime } = local.aws
  const names = { ModelName: 'tiny', EndpointConfigName: 'tiny', EndpointName: 'tiny' }
  const { ModelName, EndpointConfigName, EndpointName } = names
  await sagemaker.send(
    new CreateModelCommand({
      ModelName,
      ExecutionRoleArn: 'arn:aws:iam::111122223333:role/holdfast-local',
      PrimaryContainer: { ModelPackageName: modelPackageArn },
    }),
  )
  const variant = { InstanceType: 'ml.m5.xlarge', InitialInstanceCount: 1 } as const
  const ProductionVariants = [{ VariantName: 'AllTraffic', ModelName, ...variant }]
  await sagemaker.send(new CreateEndpointConfigCommand({ EndpointConfigName, ProductionVariants }))
  await sagemaker.send(new CreateEndpointCommand({ EndpointName, EndpointConfigName }))
  const status = async () =>
    (await sagemaker.send(new DescribeEndpointCommand({ EndpointName }))).EndpointStatus
  for (const end = Date.now() + 120_000; (await status()) === 'Creating' && Date.now() < end;)
    await sleep(500)
  expect(await status()).toBe('InService')
  const { Body } = await runtime.send(
    new InvokeEndpointCommand({
      EndpointName,
      ContentType: 'application/json',
      Body: JSON.stringify({ inputs: texts }),
    }),
  )
  await sagemaker.send(new DeleteEndpointCommand({ EndpointName }))
  return JSON.parse(Body?.transformToString() ?? '') as Prediction[]
}

test('a published model, fetched from S3 or from the Hub or behind an endpoint, predicts what transformers does with the artifact', async () => {
  const archive = join(local.root, 'model.tar.gz')
  const direct = JSON.parse(await askPython('make', archive, JSON.stringify(texts))) as Prediction[]
  const site = local.site('tiny')
  const artifactUri = `${site.run}/model.tar.gz`
  await local.storage.uploadFile({ path: archive, uri: artifactUri })
  const artifact = await local.inActivity(() => sealArtifact(local.deps, { artifactUri }))
  const input: PublishInput = {
    site,
    pipeline: {
      ...pipeline,
      publish: {
        model: 'tiny',
        license: 'apache-2.0',
        hub: { repoId: 'ada/tiny', private: true, revision: 'main', token: 'env:HF_TOKEN' },
      },
    },
    revision: { data: 'd', model: 'm', code: 'c', config: 'f' },
    artifact,
    evaluation: {
      metrics: { eval_accuracy: 0.8125, eval_loss: 0.5 },
      rows: 32,
      labels: ['NEGATIVE', 'POSITIVE'],
      artifactSha256: artifact.sha256,
    },
    model: 'tiny',
  }
  const published = await local.inActivity(() => publish(local.deps, input))

  const env = { ...process.env, ...local.env, HOLDFAST_PYTHON: python }
  const { directory } = await fetchModel({ model: 'tiny', out: join(local.root, 'out'), env })
  const home = join(local.root, 'home')
  const order = { token, download: 'ada/tiny' }
  const downloaded = await runHubClient({ endpoint: hub.endpoint, home, order })
  const answers = [
    await predictLabels({ modelDir: directory, texts, env }),
    await predictLabels({ modelDir: String(downloaded['folder']), texts, env }),
    await askEndpoint(published.modelPackageArn),
  ]
  for (const predicted of answers) {
    expect(predicted.map(({ label }) => label)).toEqual(direct.map(({ label }) => label))
    predicted.forEach(({ score }, index) =>
      expect(Math.abs(score - (direct[index]?.score ?? NaN))).toBeLessThanOrEqual(1e-5),
    )
  }
  // The card is read by the Hub's own library, and says what was measured.
  expect(downloaded).toMatchObject({
    name: 'tiny',
    metadata: {
      license: 'apache-2.0',
      library_name: 'transformers',
      pipeline_tag: 'text-classification',
      metrics: ['accuracy', 'loss'],
    },
    results: [
      ['text-classification', expect.any(String), 'accuracy', 0.8125],
      ['text-classification', expect.any(String), 'loss', 0.5],
    ],
  })
})

interface Prediction {
  label: string
  score: number
}
