import { checkpointsToMove, outputsToMove } from '../../../src/regions/mirror'

test('a checkpoint that was never sealed stays where it is, when others were', () => {
  const sealed = [
    'checkpoint-4/holdfast-manifest.json',
    'checkpoint-4/model.safetensors',
    'checkpoint-8/holdfast-manifest.rank-0.json',
    'checkpoint-8/global_step8/part',
    'holdfast-journal.ndjson',
  ]
  expect(checkpointsToMove([...sealed, 'checkpoint-12/model.safetensors'])).toEqual(sealed)
})

test('of a script without the helper, which seals none, all are taken', () => {
  const all = ['checkpoint-4/model.safetensors', 'epoch-1.pt']
  expect(checkpointsToMove(all)).toEqual(all)
})

test('of an attempt its request and output are taken, and no profiles', () => {
  const taken = ['request.json', 'job-a1/output/model.tar.gz', 'job-a1/output/output.tar.gz']
  expect(outputsToMove([...taken, 'job-a1/profiler-output/system/1.json'])).toEqual(taken)
})
