/** What the one python of this machine is, asked once per executable. */

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

import { z } from 'zod'

const factsSchema = z.object({
  /** The executable behind all virtual environments. */
  base: z.string(),
  /** `3.11`. */
  version: z.string(),
  /** Its site-packages folders, in the order in which they are searched. */
  sites: z.array(z.string()),
  /** Versions of the frameworks that images name, where they are installed. */
  installed: z.record(z.string(), z.string()),
})

export type PythonFacts = z.infer<typeof factsSchema>

const question = `
import importlib.metadata as metadata, json, os, sys
installed = {}
for name, package in (("pytorch", "torch"), ("transformers", "transformers")):
    try:
        installed[name] = metadata.version(package).split("+")[0]
    except metadata.PackageNotFoundError:
        pass
print(json.dumps({
    "base": os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable),
    "version": "%d.%d" % sys.version_info[:2],
    "sites": [path for path in sys.path if os.path.basename(path) in ("site-packages", "dist-packages")],
    "installed": installed,
}))
`

const run = promisify(execFile)
const known = new Map<string, Promise<PythonFacts>>()

export function pythonFacts(python: string): Promise<PythonFacts> {
  const found = known.get(python) ?? ask(python)
  known.set(python, found)
  // A python that is mended meanwhile is asked again.
  found.catch(() => known.delete(python))
  return found
}

async function ask(python: string): Promise<PythonFacts> {
  const { stdout } = await run(python, ['-E', '-c', question], { timeout: 30_000 })
  return factsSchema.parse(JSON.parse(stdout))
}
