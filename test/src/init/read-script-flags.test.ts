import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readScriptFlags } from '../../../src/init/read-script-flags'

const fixture = (name: string) => join(__dirname, 'fixtures', name)
const folder = mkdtempSync(join(tmpdir(), 'holdfast-flags-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('readScriptFlags', () => {
  test('reads argparse flags with their types and defaults, and never runs the script', async () => {
    const script = await readScriptFlags({ path: fixture('plain_argparse.py') })
    const flag = (name: string) => script.flags.find((each) => each.name === name)
    expect(flag('epochs')).toMatchObject({
      type: 'int',
      default: { kind: 'literal', value: 2, text: '2' },
    })
    expect(flag('train-batch-size')?.names).toEqual(['-b', '--train-batch-size'])
    expect(flag('rate')?.default).toMatchObject({ value: 3e-5 })
    expect(flag('weight_decay')?.default).toMatchObject({ text: '1.0' })
    expect(flag('freeze')?.action).toBe('store_true')
    expect(flag('schedule')?.choices).toEqual(['linear', 'cosine'])
    expect(flag('model-dir')?.default).toMatchObject({ kind: 'expression', env: 'SM_MODEL_DIR' })
    expect(flag('gpus')?.default).toMatchObject({ env: 'SM_NUM_GPUS' })
    expect(script).toMatchObject({
      toleratesUnknown: true,
      unreadFlags: 0,
      parsers: ['ArgumentParser'],
    })
    expect(script.strings).toContain('SM_MODEL_DIR')
  })

  test('reads the dataclasses of HfArgumentParser, inherited fields too, and knows whose are missing', async () => {
    const script = await readScriptFlags({ path: fixture('hf_arguments.py') })
    expect(script.externalDataclasses).toEqual(['TrainingArguments'])
    expect(script.flags.map(({ name }) => name).sort()).toEqual([
      'cache_dir',
      'max_seq_length',
      'model_name_or_path',
      'overwrite_cache',
      'seed_words',
      'task_name',
      'use_fast_tokenizer',
      'warm',
    ])
    expect(script.flags.find(({ name }) => name === 'task_name')).toMatchObject({
      required: true,
      help: 'which task',
      source: 'DataArguments',
    })
    expect(script.names).toEqual(expect.arrayContaining(['get_last_checkpoint', 'do_train']))
  })

  test('counts the flags it cannot read, and tells those of subcommands', async () => {
    const script = await readScriptFlags({ path: fixture('from_env.py') })
    expect(script.unreadFlags).toBe(1)
    expect(
      script.flags.filter(({ name }) => name === 'lr').map(({ subcommand }) => subcommand),
    ).toEqual(['train', 'evaluate'])
    expect(script.flags.find(({ name }) => name === 'steps')?.default).toMatchObject({
      kind: 'expression',
    })
  })

  test.each([
    ['a syntax error', 'def broken(:\n', 'E_SCRIPT_SYNTAX'],
    ['Python 2', 'print "hello"\n', 'E_SCRIPT_SYNTAX'],
    ['a null byte', 'a = 1\0', 'E_SCRIPT_SYNTAX'],
  ])('refuses %s', async (_, text, code) => {
    const path = join(folder, 'bad.py')
    writeFileSync(path, text)
    await expect(readScriptFlags({ path })).rejects.toMatchObject({ code })
  })

  test('says which Python it looked for when there is none', async () => {
    const env = { PATH: folder, HOLDFAST_PYTHON: join(folder, 'python') }
    await expect(readScriptFlags({ path: fixture('from_env.py'), env })).rejects.toMatchObject({
      code: 'E_NO_PYTHON',
    })
  })

  test('a missing script is named', async () => {
    const path = join(folder, 'none.py')
    await expect(readScriptFlags({ path })).rejects.toMatchObject({ code: 'E_SCRIPT', where: path })
  })
})
