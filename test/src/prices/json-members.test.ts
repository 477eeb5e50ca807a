import { jsonMembers } from '../../../src/prices/json-members'

async function membersOf(
  text: string,
  options: { depth: number; chunk: number },
): Promise<Record<string, unknown>> {
  async function* chunks() {
    for (let at = 0; at < text.length; at += options.chunk) {
      yield await Promise.resolve(text.slice(at, at + options.chunk))
    }
  }
  const found: Record<string, unknown> = {}
  const wanted = (path: string[]) => path.length === options.depth && !path.includes('skipped')
  for await (const { path, value } of jsonMembers({ chunks: chunks(), wanted }))
    found[path.join('/')] = value
  return found
}

const document = {
  a: { 'x"y': { deep: [1, { two: '}' }, [[]]] }, z: null, n: -1.5e3 },
  list: [{ a: { b: 1 } }, 'text: {'],
  skipped: { x: { y: 1 } },
  'b\\': { t: true, s: 'a "quoted" \\ é\n', e: {} },
}

test.each([1, 2, 3, 7, 10_000])(
  'members are whole when the text comes in %i at a time',
  async (chunk) => {
    for (const text of [JSON.stringify(document), JSON.stringify(document, null, 3)]) {
      expect(await membersOf(text, { depth: 2, chunk })).toEqual({
        'a/x"y': document.a['x"y'],
        'a/z': null,
        'a/n': -1500,
        'b\\/t': true,
        'b\\/s': document['b\\'].s,
        'b\\/e': {},
      })
    }
  },
)

test.each([
  ['ends too early', '{"a": {"b": 1}'],
  ['ends too early', '{"a": "b'],
  ['is not JSON', '{"a": {"b": nonsense}}'],
])('a document that %s is refused', async (fault, text) => {
  await expect(membersOf(text, { depth: 2, chunk: 4 })).rejects.toMatchObject({
    code: 'E_PRICE_LIST',
    what: expect.stringContaining(fault) as string,
  })
})

test('a member beyond all sense is refused before it fills the memory', async () => {
  const text = `{"a":{"b":"${'x'.repeat(3_000_000)}"}}`
  await expect(membersOf(text, { depth: 2, chunk: 65_536 })).rejects.toMatchObject({
    what: expect.stringContaining('longer than 1 MiB') as string,
  })
})
