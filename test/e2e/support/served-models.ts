import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import {
  DescribeEndpointCommand,
  ListEndpointConfigsCommand,
  ListEndpointsCommand,
  ListModelsCommand,
  type DescribeEndpointCommandOutput,
} from '@aws-sdk/client-sagemaker'
import { stringify } from 'yaml'

import type { ChangeHandle, DeploymentState } from '../../../src/client'
import { loadDeploy } from '../../../src/config/load-deploy'
import { tarGz } from '../../src/a-tar'
import type { QuickPlatform } from './quick-platform'
import { within } from './wait-for'

/** What is deployed: a model that answers everything with its word. */
export interface Served {
  endpoint: string
  word: string
  /** After so many answers it becomes slow, which is no failure, but is seen. */
  slowAfter?: number
  /** Its script lies beside the file, and joins an archive that has none. */
  packed?: boolean
  /** A file; the model has loaded when it is there. */
  loadsWhen?: string
  /** Laid over the config's top level. */
  rollout?: object
  /** In place of one instance. */
  deploy?: object
}

export interface ServedModels {
  account: string
  bucket: string
  image: string
  /** Uploads the model; returns the path of its deploy.yaml. */
  write(served: Served): Promise<string>
  start(served: Served): Promise<ChangeHandle>
  /** The same, and its end. */
  deploy(served: Served): Promise<DeploymentState>
  describe(endpoint: string): Promise<DescribeEndpointCommandOutput>
  /** Everything of an endpoint that the service knows. */
  remains(endpoint: string): Promise<{ configs: string[]; models: string[]; endpoints: string[] }>
}

export const nothing = { configs: [], models: [], endpoints: [] }

export async function servedModels(quick: QuickPlatform): Promise<ServedModels> {
  const account = quick.platform.env['AWS_ACCESS_KEY_ID'] ?? ''
  const bucket = `sagemaker-us-east-1-${account}`
  const image = `${account}.dkr.ecr.us-east-1.amazonaws.com/huggingface-inference:1`
  const { s3, sagemaker } = quick.aws
  await s3.send(new CreateBucketCommand({ Bucket: bucket })).catch((error: Error) => {
    if (!/BucketAlready/.test(error.name)) throw error
  })
  const models: ServedModels = {
    account,
    bucket,
    image,
    async write(served) {
      const { endpoint, word, packed = false, rollout = {}, deploy } = served
      const key = `served/${packed ? 'bare' : word}/model.tar.gz`
      const archive = tarGz([
        packed
          ? { path: 'weights.bin', body: 'w' }
          : { path: 'code/inference.py', body: inference(served) },
      ])
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: archive }))
      const path = join(quick.folder, `${endpoint}-${word}.yaml`)
      const capacity = deploy ?? { instanceType: 'ml.m5.xlarge', initialInstanceCount: 1 }
      const config = {
        model: {
          modelData: `s3://${bucket}/${key}`,
          imageUri: image,
          ...(packed && writeScript({ ...served, folder: quick.folder })),
        },
        deploy: { endpointName: endpoint, ...capacity },
        ...rollout,
      }
      writeFileSync(path, stringify(config))
      return path
    },
    async start(served) {
      const { deployment } = await loadDeploy({ path: await models.write(served) })
      return quick.client.deploy(deployment)
    },
    async deploy(served) {
      const change = await models.start(served)
      return within(change.result(), `the deployment of ${served.word}`, 240)
    },
    describe: (endpoint) => sagemaker.send(new DescribeEndpointCommand({ EndpointName: endpoint })),
    async remains(endpoint) {
      const [configs, made, endpoints] = await Promise.all([
        sagemaker.send(new ListEndpointConfigsCommand({ MaxResults: 100 })),
        sagemaker.send(new ListModelsCommand({ MaxResults: 100 })),
        sagemaker.send(new ListEndpointsCommand({ MaxResults: 100 })),
      ])
      const ours = (names: (string | undefined)[] = []) =>
        names
          .flatMap((name = '') =>
            name.startsWith(`${endpoint}-`) || name === endpoint ? [name] : [],
          )
          .sort()
      return {
        configs: ours(configs.EndpointConfigs?.map((each) => each.EndpointConfigName)),
        models: ours(made.Models?.map((each) => each.ModelName)),
        endpoints: ours(endpoints.Endpoints?.map((each) => each.EndpointName)),
      }
    },
  }
  return models
}

function inference({ word, slowAfter = 1_000_000, loadsWhen = '/' }: Served): string {
  return `
import os
import time

answers = 0

def model_fn(model_dir):
    while not os.path.exists(${JSON.stringify(loadsWhen)}):
        time.sleep(0.1)
    return "${word}"

def predict_fn(data, model):
    global answers
    answers += 1
    if answers > ${slowAfter}:
        time.sleep(3)
    if data.get("inputs") == "fail":
        raise ValueError("this one fails")
    return model
`
}

/** Takes its word from a dependency, and asks for the weights. */
function writeScript(options: { endpoint: string; word: string; folder: string }): object {
  const { endpoint, word, folder } = options
  const name = `${endpoint}-script`
  mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(join(folder, `${name}.py`), `WORD = "${word}"\n`)
  writeFileSync(
    join(folder, name, 'inference.py'),
    `
import importlib
import os

def model_fn(model_dir):
    assert os.path.isfile(os.path.join(model_dir, "weights.bin"))
    return importlib.import_module("lib.${name}").WORD

def predict_fn(data, model):
    return model
`,
  )
  return { entryPoint: 'inference.py', sourceDir: `./${name}`, dependencies: [`./${name}.py`] }
}
