import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { PreprocessOptions } from '../../../src/config/resolved-pipeline'
import { localDirectorySink } from '../../../src/dataset/dataset-sink'
import { loadTokenizer } from '../../../src/dataset/load-tokenizer'
import { openLocalSource } from '../../../src/dataset/open-local-source'
import { prepareDataset } from '../../../src/dataset/prepare-dataset'
import { createRandom } from '../../../src/dataset/random'
import { tokenizerFiles } from '../../../src/dataset/tokenizer-files'
import { resolvedDataset } from './data-files'

/** Loads what we wrote with Python's `datasets` and tokenizes the same texts with transformers. */
const judge = `
import json, sys
from datasets import load_from_disk
from transformers import AutoTokenizer
folder, model, padding, length, expected = sys.argv[1:6]
splits = sys.argv[6].split(",")
tokenizer = AutoTokenizer.from_pretrained(model)
texts = json.load(open(expected, encoding="utf-8"))
differing, seen, features, named = [], [], {}, []
for split in splits:
    dataset = load_from_disk(f"{folder}/{split}")
    named.append(str(dataset.split))
    features[split] = {name: str(kind) for name, kind in dataset.features.items()}
    wanted = tokenizer(dataset["text"][:], truncation=True, max_length=int(length), padding="max_length" if padding == "max_length" else False)
    for index, row in enumerate(dataset):
        seen.append([row["text"], row["labels"]])
        same = row["input_ids"] == wanted["input_ids"][index] and row["attention_mask"] == wanted["attention_mask"][index]
        if not same:
            differing.append([row["text"][:40], row["input_ids"][:12], wanted["input_ids"][index][:12]])
lengths = {len(row) for split in splits for row in load_from_disk(f"{folder}/{split}")["input_ids"]}
complete = sorted(seen) == sorted(texts)
print(json.dumps({"differing": differing[:5], "rows": len(seen), "complete": complete, "features": features,
  "splits": named, "names": dataset.features["labels"].names, "lengths": sorted(lengths)[-1:], "format": dataset.with_format("torch")[0]["input_ids"].dtype.__str__()}))
`

// Python imports a lot.
jest.setTimeout(240_000)

const python = process.env.HOLDFAST_PYTHON ?? ''
const model = process.env.HOLDFAST_DEMO_MODEL ?? ''
let folder = ''

beforeAll(async () => {
  if (!python || !model) throw new Error('HOLDFAST_PYTHON and HOLDFAST_DEMO_MODEL are not set')
  folder = await mkdtemp(join(tmpdir(), 'holdfast-dataset-'))
})
afterAll(async () => {
  if (folder) await rm(folder, { recursive: true, force: true })
})

const maxLength = 48

test.each([
  { padding: 'none', maxShardBytes: undefined, splits: ['train', 'test'] },
  { padding: 'max_length', maxShardBytes: 100_000, splits: ['train', 'validation', 'test'] },
] as const)(
  'Python loads rows equal, id for id, to what its own tokenizer gives (padding $padding, splits $splits)',
  async ({ padding, maxShardBytes, splits }) => {
    const texts = nastyTexts()
    const rows = texts.map((text, index) => ({ text, label: index % 2 === 0 ? 'neg' : 'pos' }))
    const path = join(folder, `nasty-${padding}.jsonl`)
    await writeFile(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
    const expected = join(folder, `expected-${padding}.json`)
    const kept = rows.filter(({ text }) => /\S/.test(text))
    await writeFile(
      expected,
      JSON.stringify(kept.map(({ text, label }) => [text, label === 'pos' ? 1 : 0])),
    )

    const out = join(folder, padding)
    const preprocess: PreprocessOptions = { task: 'text-classification', maxLength, padding }
    const result = await prepareDataset({
      dataset: resolvedDataset({
        path,
        format: 'jsonl',
        onInvalid: 'drop',
        split: { test: 0.2, seed: 7, ...(splits.length === 3 && { validation: 0.2 }) },
      }),
      preprocess,
      source: openLocalSource(path),
      tokenizer: await loadTokenizer({
        files: tokenizerFiles({ model: { kind: 'directory', path: model } }),
      }),
      sink: localDirectorySink(out),
      maxShardBytes,
    })
    const shards = result.files.filter(({ path }) => path.startsWith('train/data-')).length
    expect(shards > 1).toBe(maxShardBytes !== undefined)
    expect(result.report.droppedByKind).toEqual({ emptyText: rows.length - kept.length })
    expect(result.report.truncatedShare).toBeGreaterThan(0)

    const named = splits.join(',')
    const verdict = await runJudge([out, model, padding, String(maxLength), expected, named])
    const feature = {
      text: "Value('string')",
      labels: "ClassLabel(names=['neg', 'pos'])",
      input_ids: "List(Value('int32'))",
      attention_mask: "List(Value('int8'))",
    }
    expect(verdict).toEqual({
      differing: [],
      rows: kept.length,
      complete: true,
      features: Object.fromEntries(splits.map((split) => [split, feature])),
      splits,
      names: ['neg', 'pos'],
      lengths: [maxLength],
      format: 'torch.int64',
    })
  },
)

async function runJudge(args: string[]): Promise<unknown> {
  const script = join(folder, 'judge.py')
  await writeFile(script, judge)
  const { stdout } = await promisify(execFile)(python, [script, ...args], {
    timeout: 150_000,
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, HF_HUB_OFFLINE: '1', HF_HOME: join(folder, 'hf'), PYTHONUTF8: '1' },
  })
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
}

/** Texts that tell one tokenizer from another, and 1,000 random ones (seed 20) of any characters. */
function nastyTexts(): string[] {
  const random = createRandom(20)
  const ranges = [
    [0x00, 0x7f],
    [0x80, 0x2ff],
    [0x300, 0x36f], // combining marks
    [0x590, 0x6ff], // right to left
    [0x900, 0xe7f],
    [0x2000, 0x2fff],
    [0x3000, 0x9fff],
    [0xac00, 0xd7a3],
    [0xe000, 0xffff],
    [0x10000, 0x1ffff],
    [0x20000, 0x10ffff],
  ] as const
  const character = () => {
    const [low, high] = ranges[random.below(ranges.length)] ?? [0, 0]
    return String.fromCodePoint(low + random.below(high - low + 1))
  }
  const anyText = () => Array.from({ length: 1 + random.below(60) }, character).join('')
  return [
    '',
    ' \t\n',
    'nul \0 inside',
    '\0',
    '👨‍👩‍👧‍👦 family, 🏳️‍🌈 flag, 👍🏽 thumb',
    '漢字かな交じり文と한국어 문장',
    'e\u0301 vs é, n\u0303o, Z\u0351\u036b\u0343algo',
    'שלום עולם, مرحبا بالعالم \u202e reversed \u202c',
    'x'.repeat(10_000),
    'words '.repeat(3000),
    '[CLS] this [SEP] is [MASK] not [PAD] special [UNK]',
    '##ing ## [unused1] </s> <pad> <|endoftext|>',
    '\u00a0\u2003nbsp\u200bzero\ufeffwidth\u00ad',
    'line\nbreak\r\ntab\tquote"comma,',
    "don't can't U.S.A. 3.14 1,000 a@b.c https://x.y/?z=1",
    'ǅ İstanbul ẞ ﬁ ½ ℌ ⅷ',
    ...Array.from({ length: 1000 }, anyText),
  ]
}

test('the sealed files are those on disk, and the same input gives the same bytes', async () => {
  const path = join(folder, 'small.csv')
  const lines = Array.from({ length: 600 }, (_, index) => `review number ${index},${index % 2}\n`)
  await writeFile(path, `text,label\n${lines.join('')}`)
  const dataset = resolvedDataset({ path })
  const preprocess: PreprocessOptions = { task: 'text-classification', maxLength, padding: 'none' }
  const progress: number[] = []
  const prepare = async (out: string) =>
    prepareDataset({
      dataset,
      preprocess,
      source: openLocalSource(path),
      tokenizer: await loadTokenizer({
        files: tokenizerFiles({ model: { kind: 'directory', path: model } }),
      }),
      sink: localDirectorySink(join(folder, out)),
      onProgress: ({ rows }) => progress.push(rows),
    })
  const first = await prepare('first')
  const second = await prepare('second')
  expect(second).toEqual(first)
  expect(first.rows).toEqual({ train: 480, test: 120 })
  expect(first.files.map((file) => file.path)).toEqual([
    'train/data-00000-of-00001.arrow',
    'train/dataset_info.json',
    'train/state.json',
    'test/data-00000-of-00001.arrow',
    'test/dataset_info.json',
    'test/state.json',
  ])
  for (const file of first.files) {
    expect((await readFile(join(folder, 'first', file.path))).length).toBe(file.size)
  }
  expect(progress.slice(0, 3)).toEqual([250, 480, 600])
})

test('Python finds the columns to score by in the test rows, each with its own row, and only there', async () => {
  const path = join(folder, 'sliced.csv')
  const lines = Array.from({ length: 100 }, (_, row) => `text ${row},${row % 2},from ${row}\n`)
  await writeFile(path, `text,label,source\n${lines.join('')}`)
  const out = join(folder, 'sliced')
  await prepareDataset({
    dataset: resolvedDataset({ path }),
    preprocess: { task: 'text-classification', maxLength, padding: 'none' },
    slices: ['source'],
    source: openLocalSource(path),
    tokenizer: await loadTokenizer({
      files: tokenizerFiles({ model: { kind: 'directory', path: model } }),
    }),
    sink: localDirectorySink(out),
  })
  const look = `
import json, sys
from datasets import load_from_disk
train, test = (load_from_disk(f"{sys.argv[1]}/{split}") for split in ("train", "test"))
print(json.dumps([train.column_names, test.column_names, test["text"][:], test["source"][:]]))`
  const { stdout } = await promisify(execFile)(python, ['-c', look, out], { timeout: 150_000 })
  const [train, test, texts, sources] = JSON.parse(stdout) as string[][]
  expect(train).not.toContain('source')
  expect(test).toContain('source')
  expect(texts).toHaveLength(20)
  expect(sources).toEqual(texts?.map((text) => text.replace('text', 'from')))
})
