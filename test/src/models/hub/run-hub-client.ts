import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

/** What Python's huggingface_hub makes of a Hub; see hub_client.py. */
export async function runHubClient(options: {
  endpoint: string
  home: string
  order: object
}): Promise<Record<string, unknown>> {
  const { endpoint, home, order } = options
  const child = spawn(
    process.env['HOLDFAST_PYTHON'] ?? 'python3',
    [join(__dirname, 'hub_client.py')],
    {
      // Xet is a protocol of its own, which our server does not speak.
      env: { ...process.env, HF_ENDPOINT: endpoint, HF_HOME: home, HF_HUB_DISABLE_XET: '1' },
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: 120_000,
    },
  )
  child.stdin.end(JSON.stringify({ ...order, cache: join(home, 'hub') }))
  const [said, complaint] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ])
  if (child.exitCode !== 0) throw new Error(complaint)
  return JSON.parse(said) as Record<string, unknown>
}
