#!/usr/bin/env node
import { processCli } from './cli'
import { runCli } from './run-cli'

// A reader that has seen enough (`holdfast logs | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

// Node 20 is supported here, and this is a notice to whoever updates the SDK, not to its users.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'

const cli = processCli()
// Ends although an SDK may keep a socket or a native thread alive, and only after all data is written.
void runCli(cli, process.argv.slice(2)).then(() => {
  process.stdout.write('', () => process.exit(cli.exitCode))
})
