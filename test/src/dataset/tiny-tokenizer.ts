/** The smallest tokenizer: words of a fixed list; truncation in its file, to be overruled. */
export const wordLevel = {
  version: '1.0',
  truncation: { direction: 'Right', max_length: 2, strategy: 'LongestFirst', stride: 0 },
  padding: null,
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: { type: 'Whitespace' },
  post_processor: {
    type: 'TemplateProcessing',
    single: [{ SpecialToken: { id: '[CLS]', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
    pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
    special_tokens: { '[CLS]': { id: '[CLS]', ids: [4], tokens: ['[CLS]'] } },
  },
  decoder: null,
  model: {
    type: 'WordLevel',
    vocab: { '[PAD]': 0, '[UNK]': 1, good: 2, film: 3, '[CLS]': 4 },
    unk_token: '[UNK]',
  },
}
/** A tokenizer's files from memory. */
export const filesOf = (files: Record<string, unknown>) => ({
  where: 'models/tiny',
  read: async (name: string) =>
    name in files ? Buffer.from(JSON.stringify(files[name])) : undefined,
})
