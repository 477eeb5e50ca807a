/** `dataset` and `preprocess`: the labelled texts and how they become tokens. */

import { z } from 'zod'
import { refusal, text, wholeNumber } from '../schema-parts'

const split = z
  .strictObject({
    test: z
      .number()
      .gt(0)
      .lt(1)
      .default(0.1)
      .describe('Share of the rows held out, between 0 and 1.'),
    seed: z
      .int()
      .min(0)
      .max(2 ** 32 - 1)
      .default(0)
      .describe('Seed of the shuffle and the split.'),
    validation: z
      .number()
      .gt(0)
      .lt(1)
      .optional()
      .describe(
        'Share of the rows kept from training to compare the trials of a sweep, and for evaluation during training. Default: none.',
      ),
  })
  .prefault({})
  .describe('How rows are divided into train and test.')

export const dataset = z
  .strictObject({
    path: text(
      'A CSV, TSV or JSONL file, or with format arrow a folder: relative to this file, absolute, or s3://bucket/key.',
    ),
    format: z
      .enum(['csv', 'tsv', 'jsonl', 'arrow'])
      .optional()
      .describe(
        'Default: from the ending of the path. arrow: rows of your own, with train/ and test/ as save_to_disk writes them.',
      ),
    encoding: z.enum(['utf-8', 'latin-1']).default('utf-8').describe('How the file is encoded.'),
    textColumn: text('Column of the text.').default('text'),
    labelColumn: text('Column of the label.').default('label'),
    labels: z
      .array(z.string().min(1))
      .min(2, refusal('a classifier needs at least two labels', 'list every label, in class order'))
      .optional()
      .describe('The only labels allowed, in class order. Default: those found, sorted.'),
    onInvalid: z
      .enum(['refuse', 'drop'])
      .default('refuse')
      .describe('A row that fails a check: refuse the dataset, or drop the row and count it.'),
    split,
    maxTrainSamples: wholeNumber('Use at most so many rows for training.').optional(),
    maxEvalSamples: wholeNumber('Use at most so many rows for evaluation.').optional(),
  })
  .describe(
    'The labelled texts. Without them a run uploads the code and trains on train.inputs, and nothing is evaluated or published.',
  )

export const preprocess = z
  .strictObject({
    task: z
      .literal('text-classification')
      .default('text-classification')
      .describe('What the rows are prepared for.'),
    maxLength: z
      .int()
      .min(4)
      .max(131_072)
      .default(512)
      .describe('Longest input in tokens; longer texts are truncated.'),
    padding: z
      .enum(['none', 'max_length'])
      .default('none')
      .describe('none: the collator pads each batch. max_length: padded on disk.'),
  })
  .prefault({})
  .describe('Tokenization.')
