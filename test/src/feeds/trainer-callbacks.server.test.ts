import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

import { feedEnvironment } from '../../../src/feeds/feed-environment'
import { packageRoot } from '../../../src/package-root'

jest.setTimeout(360_000)

/**
 * Stand-ins for the two libraries, which are not installed for tests: they write down how they are
 * called. What calls them is transformers' own code. Of the rest of what a run is told (`WANDB_RUN_ID`,
 * `WANDB_RESUME`, `WANDB_NAME`) wandb itself takes care; docs/not-run.md says what was tried with it.
 */
const libraries: Record<string, string> = {
  'recorder.py': `
import json, os

class Anything(dict):
    def __getattr__(self, name): return Anything()
    def __call__(self, *args, **kwargs): return Anything()
    def update(self, *args, **kwargs): pass
    def __setitem__(self, name, value): pass

def record(library, verb):
    def call(*args, **kwargs):
        with open(os.environ["CALLS"], "a") as file:
            file.write(json.dumps([library, verb, args, kwargs], default=str) + "\\n")
    return call
`,
  'wandb/__init__.py': `
from recorder import Anything, record
run = None
__version__ = "0.31.0"
config = Anything()
init, log = record("wandb", "init"), record("wandb", "log")
def __getattr__(name): return Anything()
def _started(*args, **kwargs):
    global run
    record("wandb", "init")(*args, **kwargs)
    run = Anything()
init = _started
`,
  'wandb/sdk/__init__.py': '',
  'wandb/sdk/lib/__init__.py': '',
  'wandb/sdk/lib/config_util.py': 'class ConfigError(Exception): pass',
  'wandb-0.31.0.dist-info/METADATA': 'Metadata-Version: 2.1\nName: wandb\nVersion: 0.31.0\n',
  'trackio/__init__.py': `
from recorder import Anything, record
__version__ = "0.43.0"
config = Anything()
init, log, finish = (record("trackio", verb) for verb in ("init", "log", "finish"))
class context_vars:
    class current_space_id:
        @staticmethod
        def get(): return None
def __getattr__(name): return Anything()
`,
  'trackio-0.43.0.dist-info/METADATA': 'Metadata-Version: 2.1\nName: trackio\nVersion: 0.43.0\n',
}

test('a Trainer that reports to W&B and Trackio opens the run that its environment names', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-report-'))
  try {
    for (const [path, text] of Object.entries(libraries)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    const calls = join(folder, 'calls')
    const environment = feedEnvironment({
      pipeline: { name: 'reviews', feeds: { wandb: {}, trackio: {} } },
      runPrefix: 's3://b/holdfast/runs/reviews-7f3k2m-0a1b2c3d',
    })
    const script = join(packageRoot(), 'test', 'fixtures', 'report_to.py')
    await promisify(execFile)(process.env['HOLDFAST_PYTHON'] ?? '', [script, join(folder, 'out')], {
      env: {
        ...environment,
        PATH: process.env['PATH'],
        HOME: folder,
        PYTHONPATH: folder,
        CALLS: calls,
        HF_HUB_OFFLINE: '1',
      },
      timeout: 300_000,
    })
    const seen = readFileSync(calls, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as [string, string, unknown[], Record<string, unknown>])
    const run = 'reviews-7f3k2m-0a1b2c3d'
    const callsOf = (library: string, verb: string) =>
      seen.filter(([of, called]) => of === library && called === verb)
    expect(callsOf('wandb', 'init').map(([, , , options]) => options)).toEqual([
      { project: 'reviews', name: run },
    ])
    expect(callsOf('trackio', 'init').map(([, , , options]) => options)).toEqual([
      expect.objectContaining({ project: 'reviews', name: run, resume: 'allow' }),
    ])
    for (const library of ['wandb', 'trackio'])
      expect(JSON.stringify(callsOf(library, 'log'))).toContain('"train/loss"')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
