import { createHash } from 'node:crypto'

import { Parser } from 'tar'

/**
 * The quick training's model is a chain of hashes, one for each step (test/fixtures/quick/code/train.py).
 * The chain is made again here: only steps made once and in order lead to the same end, however often
 * the training was interrupted on its way.
 */
export async function modelFault(archive: Buffer): Promise<string | undefined> {
  const text = (await fileIn({ archive, name: 'model.json' }))?.toString('utf8')
  if (text === undefined) return 'its archive holds no model.json'
  const { start, steps, chain } = JSON.parse(text) as {
    start: string
    steps: number
    chain: string
  }
  let expected = start
  for (let step = 1; step <= steps; step++)
    expected = createHash('sha256').update(`${expected} ${step}`).digest('hex')
  return chain === expected
    ? undefined
    : 'its model is not the one that an uninterrupted training leaves'
}

/** The sha256 of a torch model's weights; undefined when its archive has none. */
export async function weightsOf(archive: Buffer): Promise<string | undefined> {
  const bytes = await fileIn({ archive, name: 'model.safetensors' })
  return bytes && createHash('sha256').update(bytes).digest('hex')
}

function fileIn(options: { archive: Buffer; name: string }): Promise<Buffer | undefined> {
  const { archive, name } = options
  return new Promise((resolve, reject) => {
    let found: Buffer | undefined
    const parser = new Parser({
      onReadEntry(entry) {
        const chunks: Buffer[] = []
        entry.on('data', (chunk) => chunks.push(Buffer.from(chunk)))
        entry.on('end', () => {
          if (entry.path.replace(/^\.\//, '') === name) found = Buffer.concat(chunks)
        })
      },
    })
    parser.on('end', () => resolve(found))
    parser.on('error', reject)
    parser.end(archive)
  })
}
