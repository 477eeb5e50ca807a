import { scriptedLine } from '../../../../../src/local/sagemaker/jobs/scripted-line'
import type { TrainingRequest } from '../../../../../src/local/sagemaker/jobs/job-request'

test('hyperparameters are printed as Python prints a dictionary, without those of the platform', () => {
  const HyperParameters = {
    learning_rate: '5e-05',
    ratio: '1.0',
    train_batch_size: '16',
    fp16: 'true',
    nothing: 'null',
    name: '"it\'s"',
    raw: 'no json',
    list: '[1, "two", {"a": false}]',
    sagemaker_program: '"train.py"',
  }
  expect(scriptedLine({ HyperParameters } as Partial<TrainingRequest> as TrainingRequest)).toBe(
    "{'learning_rate': 5e-05, 'ratio': 1.0, 'train_batch_size': 16, 'fp16': True, 'nothing': None, " +
      "'name': 'it\\'s', 'raw': 'no json', 'list': [1, 'two', {'a': False}]}",
  )
})
