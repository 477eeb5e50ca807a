import { resolveContainer, resolveReferences } from '../../activities/resolve-references'

const request = {
  TrainingJobName: 'reviews-0123456789-a1',
  HyperParameters: { token: 'env:HF_TOKEN' },
  Environment: { HF_TOKEN: 'env:HF_TOKEN', PLAIN: 'value', LOOKS_LIKE: 'env:not a name' },
}

test('a reference becomes the worker’s variable; what is no reference stays', () => {
  const resolved = resolveReferences({ request, env: { HF_TOKEN: 'secret' } })
  expect(resolved).toEqual({
    ...request,
    Environment: { HF_TOKEN: 'secret', PLAIN: 'value', LOOKS_LIKE: 'env:not a name' },
  })
})

test('the frozen request keeps the reference, and nothing outside Environment is touched', () => {
  resolveReferences({ request, env: { HF_TOKEN: 'secret' } })
  expect(JSON.stringify(request)).not.toContain('secret')
})

test('a request without an environment is left as it is', () => {
  expect(resolveReferences({ request: { a: 1 }, env: {} })).toEqual({ a: 1 })
})

test('a missing variable is refused by name, without any value', () => {
  const resolve = () => resolveReferences({ request, env: { OTHER: 'hidden' } })
  expect(resolve).toThrow(/no HF_TOKEN \(train.environment.HF_TOKEN\)/)
  expect(resolve).not.toThrow(/hidden/)
})

test('the container of a model gets its variables too, and its error says where', () => {
  const PrimaryContainer = { Image: 'image:1', Environment: { HF_API_TOKEN: 'env:HF_TOKEN' } }
  const model = { ModelName: 'reviews', PrimaryContainer }
  expect(resolveContainer({ model, env: { HF_TOKEN: 'secret' } })).toEqual({
    ModelName: 'reviews',
    PrimaryContainer: { Image: 'image:1', Environment: { HF_API_TOKEN: 'secret' } },
  })
  expect(() => resolveContainer({ model, env: {} })).toThrow(/model.env.HF_API_TOKEN/)
})

test('a variable that is set but empty is taken as it is', () => {
  expect(resolveReferences({ request, env: { HF_TOKEN: '' } })).toMatchObject({
    Environment: { HF_TOKEN: '' },
  })
})
