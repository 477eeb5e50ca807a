import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { loadDeploy } from '../src/config/load-deploy'
import { loadPipeline } from '../src/config/load-pipeline'
import { requireDataset } from '../src/config/require-dataset'
import { loadSweep } from '../src/config/load-sweep'
import { loadTransform } from '../src/config/load-transform'
import { makeDemoWorkspace } from '../src/local/demo-workspace'
import { packageRoot } from '../src/package-root'
import { planPipeline } from '../src/plan'
import { planDeploy } from '../src/plan/plan-deploy'
import { planTransform } from '../src/plan/plan-transform'

const env = {
  AWS_REGION: 'us-east-1',
  SAGEMAKER_ROLE_ARN: 'arn:aws:iam::111122223333:role/sagemaker',
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-examples-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('examples/imdb can be planned once its data file is there', async () => {
  cpSync(join(packageRoot(), 'examples', 'imdb'), folder, { recursive: true })
  mkdirSync(join(folder, 'data'), { recursive: true })
  writeFileSync(join(folder, 'data', 'imdb.csv'), 'text,label\ngood,pos\nbad,neg\n')
  const { pipeline } = await loadPipeline({ path: join(folder, 'pipeline.yaml'), env })
  const plan = planPipeline({ pipeline, env })
  expect(plan.faults).toEqual([])
  expect(plan.image).toContain('huggingface-pytorch-training:1.7-transformers4.6-gpu-py36')
})

test('examples/imdb without its data says what is missing', async () => {
  cpSync(join(packageRoot(), 'examples', 'imdb', 'pipeline.yaml'), join(folder, 'pipeline.yaml'))
  cpSync(join(packageRoot(), 'examples', 'imdb', 'scripts'), join(folder, 'scripts'), {
    recursive: true,
  })
  cpSync(join(packageRoot(), 'examples', 'imdb', 'evaluate.py'), join(folder, 'evaluate.py'))
  await expect(loadPipeline({ path: join(folder, 'pipeline.yaml'), env })).rejects.toMatchObject({
    code: 'E_CONFIG',
    faults: [{ path: 'dataset.path' }],
  })
})

test("the demo's sweep trains what the demo trains, but for rows to compare trials by", async () => {
  const modelDir = join(folder, 'minilm')
  mkdirSync(modelDir)
  writeFileSync(join(modelDir, 'config.json'), '{}')
  const dataFile = join(folder, 'reviews.csv')
  writeFileSync(dataFile, 'text,label\ngood,positive\nbad,negative\n')
  const demo = await makeDemoWorkspace({ dir: join(folder, 'demo'), modelDir, dataFile })

  const { pipeline: loaded, schedule } = await loadPipeline({ path: demo.pipelineFile, env })
  const pipeline = requireDataset(loaded)
  expect(schedule).toMatchObject({ cron: ['0 2 * * *'], timezone: 'UTC' })
  const { sweep } = await loadSweep({ path: join(demo.dir, 'sweep.yaml'), env })
  expect(sweep).toMatchObject({ runCap: 6, parallel: 2, publishBest: true })
  const { split } = pipeline.dataset
  expect(sweep.pipeline).toEqual({
    ...pipeline,
    name: 'reviews-search',
    dataset: { ...pipeline.dataset, split: { ...split, validation: 0.1 } },
  })
})

test("the demo's deployment serves what the demo publishes, asked before it gets traffic", async () => {
  const path = join(packageRoot(), 'examples', 'demo', 'deploy.yaml')
  const { deployment, warnings } = await loadDeploy({ path, env })
  expect(warnings).toEqual([])
  expect(deployment).toMatchObject({
    published: { name: 'reviews' },
    rollout: { probe: { expect: 'label' }, canary: { percent: 10 } },
  })
  const plan = planDeploy({ deployment, prices: [], env })
  expect(plan.faults).toEqual([])
})

test("the demo's transform puts its sentences through what the demo publishes", async () => {
  const path = join(packageRoot(), 'examples', 'demo', 'transform.yaml')
  const { transform, warnings } = await loadTransform({ path, env })
  expect(warnings).toEqual([])
  expect(transform).toMatchObject({ name: 'reviews-batch', published: { name: 'reviews' } })
  expect(planTransform({ transform, env }).faults).toEqual([])
})
