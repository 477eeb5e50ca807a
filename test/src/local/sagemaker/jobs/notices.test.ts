import { imageNotice } from '../../../../../src/local/sagemaker/jobs/notices'

const image =
  'registry/huggingface-pytorch-training:2.8.0-transformers4.56.2-gpu-py312-cu129-ubuntu22.04'

test('the versions of the image are set beside those of this machine', () => {
  const installed = { transformers: '5.23.0', pytorch: '2.15.0' }
  expect(imageNotice({ image, installed })).toBe(
    'the image says transformers 4.56.2 / pytorch 2.8.0; this machine runs 5.23.0 / 2.15.0',
  )
  expect(imageNotice({ image, installed: { pytorch: '2.8.0' } })).toContain('runs none / 2.8.0')
})

test('nothing is said when they agree, or when the tag names none', () => {
  const installed = { transformers: '4.56.2', pytorch: '2.8.0' }
  expect(imageNotice({ image, installed })).toBeUndefined()
  expect(imageNotice({ image: 'my/own-image:latest', installed })).toBeUndefined()
})
