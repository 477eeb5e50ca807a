import fc from 'fast-check'
import { readRows } from '../../../src/dataset/read-rows'
import { errorOf, readAll } from './data-files'

const quote = (field: string) =>
  /[",\n\r]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field

describe('CSV', () => {
  test('quoted fields may hold delimiters, quotes and line breaks, and each row knows its line', async () => {
    const file = 'id,text,label\n1,"a, ""b""\nc",pos\n\n2,plain,neg\r\n3,"x\r\ny",pos\n4,é'
    for (const chunk of [1, 2, 3, 7, 1000]) {
      expect(await readAll(file, { chunk })).toEqual([
        { text: 'a, "b"\nc', label: 'pos', line: 2 },
        { text: 'plain', label: 'neg', line: 5 },
        { text: 'x\r\ny', label: 'pos', line: 6 },
        {
          text: 'é',
          label: undefined,
          line: 8,
          fault: { kind: 'malformedRow', reason: '2 fields, header has 3' },
        },
      ])
    }
  })

  test('any fields come back as they were written, whatever the chunks', async () => {
    const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', 'é', '😀', '\t', ' ') })
    await fc.assert(
      fc.asyncProperty(
        fc.array(field, { minLength: 1 }),
        fc.integer({ min: 1, max: 9 }),
        async (texts, chunk) => {
          const lines = texts.map((text) => `${quote(text)},"x"\n`)
          const rows = await readAll(`text,label\n${lines.join('')}`, { chunk })
          expect(rows.map(({ text }) => text)).toEqual(texts)
          let line = 2
          for (const [index, row] of rows.entries()) {
            expect(row.line).toBe(line)
            line += (lines[index]?.match(/\n/g) ?? []).length
          }
        },
      ),
    )
  })

  test('a byte order mark is accepted', async () => {
    const rows = await readAll('\uFEFFtext,label\nok,pos\n')
    expect(rows).toEqual([{ text: 'ok', label: 'pos', line: 2 }])
  })

  test('missing columns are refused together, with the columns that were found', async () => {
    const error = await errorOf(readAll('review,stars\nok,1\n'))
    expect(error.code).toBe('E_DATA_COLUMN')
    expect(error.what).toContain('no column "text", "label"; its columns are "review", "stars"')
  })

  test('a quote that never closes is refused', async () => {
    const error = await errorOf(readAll('text,label\n"never,pos\nb,neg\n'))
    expect(error.code).toBe('E_DATA_MALFORMED')
  })

  test('an empty file is refused', async () => {
    expect((await errorOf(readAll(''))).code).toBe('E_DATA_EMPTY')
  })

  test('an error of the byte source is thrown as it is', async () => {
    async function* failing() {
      yield Buffer.from('text,label\na,b\n')
      throw new Error('the network is gone')
    }
    const options = { where: 'x', format: 'csv', encoding: 'utf-8' } as const
    const rows = readRows({
      source: failing(),
      ...options,
      textColumn: 'text',
      labelColumn: 'label',
    })
    const drain = async () => {
      for await (const row of rows) expect(row.text).toBe('a')
    }
    expect((await errorOf(drain())).message).toBe('the network is gone')
  })
})

describe('TSV', () => {
  test('a stray quote is text, a properly quoted field is unquoted', async () => {
    const file =
      'text\tlabel\n"open and never closed\tpos\nsaid "yes"\tneg\n"He said ""no"""\tneg\n'
    const rows = await readAll(file, { format: 'tsv', chunk: 5 })
    expect(rows.map(({ text }) => text)).toEqual([
      '"open and never closed',
      'said "yes"',
      'He said "no"',
    ])
    expect(rows.map(({ line }) => line)).toEqual([2, 3, 4])
  })

  test('a row with too few fields is marked', async () => {
    const rows = await readAll('text\tlabel\nonly\n', { format: 'tsv' })
    expect(rows[0]?.fault).toEqual({ kind: 'malformedRow', reason: '1 fields, header has 2' })
  })
})

describe('JSONL', () => {
  test('labels may be strings, numbers or booleans; null is missing', async () => {
    const file = '{"text":"a","label":1}\n{"text":"b","label":true}\n\n{"text":null,"label":null}\n'
    expect(await readAll(file, { format: 'jsonl', chunk: 4 })).toEqual([
      { text: 'a', label: '1', line: 1 },
      { text: 'b', label: 'true', line: 2 },
      { text: undefined, label: undefined, line: 4 },
    ])
  })

  test('what is no object, no JSON, no string or half a character is marked', async () => {
    const file = '[1]\n{"text":\n{"text":5,"label":"x"}\n{"text":"\\ud800","label":"x"}\n'
    const rows = await readAll(file, { format: 'jsonl' })
    expect(rows.map(({ fault }) => fault?.kind)).toEqual([
      'malformedRow',
      'malformedRow',
      'malformedRow',
      'brokenUtf8',
    ])
  })

  test('a column that no row has is refused with the columns that were found', async () => {
    const error = await errorOf(readAll('{"text":"a","stars":1}\n', { format: 'jsonl' }))
    expect(error.what).toContain('no column "label"; its columns are "text", "stars"')
  })
})

describe('encodings', () => {
  const broken = Buffer.concat([
    Buffer.from('text,label\nfine é,pos\n'),
    Buffer.from([0x62, 0xe9, 0x64]), // "béd" in latin-1, from byte 23
    Buffer.from(',neg\nfine 😀,pos\n'),
  ])

  test('broken UTF-8 is placed by line and byte, in CSV as in TSV, however the chunks fall', async () => {
    for (const chunk of [1, 2, 3, 5, 1000]) {
      for (const format of ['csv', 'tsv'] as const) {
        const bytes = Buffer.from(broken)
        if (format === 'tsv') bytes.forEach((byte, at) => byte === 44 && bytes.writeUInt8(9, at))
        const rows = await readAll(bytes, { chunk, format })
        expect(rows.map(({ fault, line }) => ({ fault, line }))).toEqual([
          { fault: undefined, line: 2 },
          { fault: { kind: 'brokenUtf8', byte: 24 }, line: 3 },
          { fault: undefined, line: 4 },
        ])
      }
    }
  })

  test('a character cut off by the end of the file is broken', async () => {
    const rows = await readAll(
      Buffer.concat([Buffer.from('text,label\na,b'), Buffer.from([0xe2, 0x82])]),
    )
    expect(rows[0]?.fault).toEqual({ kind: 'brokenUtf8', byte: 14 })
  })

  test('the same bytes are fine as latin-1', async () => {
    const rows = await readAll(broken, { encoding: 'latin-1' })
    expect(rows[1]).toEqual({ text: 'béd', label: 'neg', line: 3 })
  })

  test('bytes are judged exactly as a strict decoder judges them', async () => {
    const byte = fc.constantFrom(
      0x41,
      0x80,
      0xbf,
      0xc1,
      0xc3,
      0xe0,
      0xa0,
      0xed,
      0x9f,
      0xf0,
      0x90,
      0xf4,
      0x8f,
    )
    await fc.assert(
      fc.asyncProperty(fc.array(byte), fc.integer({ min: 1, max: 4 }), async (bytes, chunk) => {
        const file = Buffer.concat([
          Buffer.from('text,label\n'),
          Buffer.from(bytes),
          Buffer.from(',x\n'),
        ])
        const [row] = await readAll(file, { chunk })
        let valid = true
        try {
          new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(bytes))
        } catch {
          valid = false
        }
        expect(row?.fault === undefined).toBe(valid)
      }),
    )
  })
})

test.each([
  ['csv', 'text,source,label,stars\ngood,web,1,5\nbad,,0,1\n'],
  ['tsv', 'text\tsource\tlabel\tstars\ngood\tweb\t1\t5\nbad\t\t0\t1\n'],
  [
    'jsonl',
    '{"text":"good","source":"web","label":1,"stars":5}\n{"text":"bad","label":0,"stars":1}\n',
  ],
] as const)(
  'further columns come along, empty where a row has none: %s',
  async (format, content) => {
    const rows = await readAll(content, { format, moreColumns: ['stars', 'source'] })
    expect(rows.map(({ text, more }) => [text, more])).toEqual([
      ['good', ['5', 'web']],
      ['bad', ['1', '']],
    ])
    await expect(readAll(content, { format, moreColumns: ['year'] })).rejects.toMatchObject({
      code: 'E_DATA_COLUMN',
      hint: expect.stringContaining('evaluate.slices') as string,
    })
  },
)
