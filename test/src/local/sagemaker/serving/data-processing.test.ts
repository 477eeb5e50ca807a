import {
  dataProcessingOf,
  unreadableFilter,
} from '../../../../../src/local/sagemaker/serving/data-processing'
import { batchesOf, recordsOf } from '../../../../../src/local/sagemaker/serving/transform-batches'

const request = (contentType: string, dataProcessing: object) => ({
  TransformInput: { ContentType: contentType },
  TransformOutput: { Accept: contentType },
  DataProcessing: dataProcessing,
})

test('columns of CSV are filtered, and joined with the answer behind them', () => {
  const processing = dataProcessingOf(
    request('text/csv', { InputFilter: '$[1:]', JoinSource: 'Input', OutputFilter: '$[0,-1]' }),
  )
  expect(processing.toModel('7,"a, b",c')).toBe('"a, b",c')
  expect(processing.toOutput({ record: '7,"a, b",c', answer: '0.9\n' })).toBe('7,0.9')
})

test('a column of CSV may be empty, wherever it stands', () => {
  const processing = dataProcessingOf(request('text/csv', { InputFilter: '$[1:]' }))
  expect(processing.toModel(',5,6')).toBe('5,6')
  expect(processing.toModel('"",5,,')).toBe('5,,')
  expect(processing.toModel('4,"a, b",')).toBe('"a, b",')
})

test('an object of JSON is joined as SageMakerOutput, anything else as SageMakerInput as well', () => {
  const processing = dataProcessingOf(request('application/json', { JoinSource: 'Input' }))
  expect(processing.toOutput({ record: '{"id": 1}', answer: '[2]' })).toBe(
    '{"id":1,"SageMakerOutput":[2]}',
  )
  expect(processing.toOutput({ record: '[1]', answer: '2' })).toBe(
    '{"SageMakerInput":[1],"SageMakerOutput":2}',
  )
})

test('records pass untouched when nothing is filtered or joined', () => {
  const processing = dataProcessingOf(request('application/json', {}))
  expect(processing.reads).toBe(false)
  expect(processing.toModel('not JSON')).toBe('not JSON')
})

test('a filter that selects nothing, and a record that is not JSON, fail the job by name', () => {
  const processing = dataProcessingOf(request('application/json', { InputFilter: '$.text' }))
  expect(() => processing.toModel('{"id": 1}')).toThrow('selects nothing')
  expect(() => processing.toModel('{')).toThrow('not JSON')
})

test('the first filter of another form is named', () => {
  expect(unreadableFilter(request('text/csv', { OutputFilter: '$..a' }))).toBe('$..a')
  expect(unreadableFilter(request('text/csv', { InputFilter: '$[1:]' }))).toBeUndefined()
})

test('records go together up to the limit, one by one when asked, and never above it', () => {
  const split = { byLine: true, together: true, mostBytes: 5 }
  const records = recordsOf(split, 'ab\r\ncd\n\nef\n')
  expect(records).toEqual(['ab', 'cd', 'ef'])
  expect(batchesOf(split, records)).toEqual([['ab', 'cd'], ['ef']])
  expect(batchesOf({ ...split, together: false }, records)).toEqual([['ab'], ['cd'], ['ef']])
  expect(() => batchesOf(split, ['abcdef'])).toThrow('6 bytes')
})
