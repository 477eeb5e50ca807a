import { strangersIn } from '../../../src/regions/strangers-in'

const place = { region: 'eu-west-1', bucket: 'there' }

test('buckets, keys and images of another region are found wherever they stand, each once', () => {
  const strange = [
    's3://there-not/data',
    'arn:aws:kms:us-east-1:111122223333:key/1',
    '763104351884.dkr.ecr.us-east-1.amazonaws.com/huggingface:1',
  ]
  const [uri, key, image] = strange
  const request = {
    AlgorithmSpecification: { TrainingImage: image },
    InputDataConfig: [{ DataSource: { S3DataSource: { S3Uri: uri } } }],
    OutputDataConfig: { KmsKeyId: key, S3OutputPath: 's3://there/runs' },
    ResourceConfig: { VolumeKmsKeyId: key },
  }
  expect(strangersIn({ ...place, request }).sort()).toEqual([...strange].sort())
})

test('what is of that region, or of none, is no stranger; nor is what a script is told', () => {
  const request = {
    RoleArn: 'arn:aws:iam::111122223333:role/mine',
    OutputDataConfig: { KmsKeyId: 'alias/mine', S3OutputPath: 's3://there' },
    TrainingImage: '763104351884.dkr.ecr.eu-west-1.amazonaws.com/huggingface:1',
    HyperParameters: {
      corpus: 's3://elsewhere/corpus',
      sagemaker_submit_directory: '"s3://there/code"',
    },
    Environment: { TOPIC: 'arn:aws:sns:us-east-1:111122223333:mine' },
  }
  expect(strangersIn({ ...place, request })).toEqual([])
})

test('the code is read by SageMaker itself', () => {
  const request = { HyperParameters: { sagemaker_submit_directory: '"s3://elsewhere/code"' } }
  expect(strangersIn({ ...place, request })).toEqual(['s3://elsewhere/code'])
})
