/**
 * A virtual environment of the job's own, on top of the shared one: the job sees every package of the
 * shared environment, and what it installs (requirements.txt) lies in its own tree and comes first.
 *
 * Not PIP_TARGET, which would install torch anew, nor `pip install --prefix`, which removes the shared
 * version of what it replaces: pip takes packages outside its own environment as installed, and never
 * removes them.
 */

import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { pythonFacts } from './python-facts'

/** Below /opt/ml, so that it goes with the tree at every start. */
export const jobPythonFolder = 'python'

/** Makes the environment; it may be made again over a half-made one. */
export async function makeJobPython(options: { folder: string; python: string }): Promise<void> {
  const { folder, python } = options
  const { base, version, sites } = await pythonFacts(python)
  const bin = join(folder, 'bin')
  const site = join(folder, 'lib', `python${version}`, 'site-packages')
  await rm(folder, { recursive: true, force: true })
  await mkdir(bin, { recursive: true })
  await mkdir(site, { recursive: true })
  await writeFile(
    join(folder, 'pyvenv.cfg'),
    `home = ${dirname(base)}\ninclude-system-site-packages = false\nversion = ${version}\n`,
  )
  // addsitedir also reads the .pth files of the shared folders, which a plain path would not.
  const lines = sites.map((path) => `import site; site.addsitedir(${JSON.stringify(path)})\n`)
  await writeFile(join(site, 'holdfast-shared.pth'), lines.join(''))
  for (const name of ['python', 'python3']) await symlink(base, join(bin, name))
  // The shared environment's own `pip`, later on PATH, would install there.
  for (const name of ['pip', 'pip3']) {
    await writeFile(join(bin, name), '#!/bin/sh\nexec "$(dirname "$0")/python" -m pip "$@"\n')
    await chmod(join(bin, name), 0o755)
  }
  // So would its `torchrun` start the script there.
  const torchrun = '#!/bin/sh\nexec "$(dirname "$0")/python" -m torch.distributed.run "$@"\n'
  await writeFile(join(bin, 'torchrun'), torchrun)
  await chmod(join(bin, 'torchrun'), 0o755)
}
