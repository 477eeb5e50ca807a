import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { packageRoot } from '../../src/package-root'

const make = `
import sys
sys.path.insert(0, sys.argv[1])
from support import tiny_model
tiny_model(sys.argv[2])
`

/** Makes a BERT of two small layers with random weights, and its tokenizer; returns the folder. */
export async function makeTorchModel(folder: string): Promise<string> {
  await promisify(execFile)(process.env['HOLDFAST_PYTHON'] ?? 'python3', [
    '-c',
    make,
    join(packageRoot(), 'test', 'training'),
    folder,
  ])
  return folder
}
