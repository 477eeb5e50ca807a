const { default: Sequencer } = require('@jest/test-sequencer')

/** Files that train real models take all cores: one begins, the other comes when the rest is done. */
const order = [/e2e\/demo\.e2e/, /\.e2e\.ts$/, /\.(server\.test|workflow)\.ts$/]
const last = /e2e\/three-ways\.e2e/

const rank = ({ path }) => {
  if (last.test(path)) return order.length
  const found = order.findIndex((pattern) => pattern.test(path))
  // Pure tests fill the other worker's time beside the last one.
  return found === -1 ? order.length + 1 : found
}

module.exports = class extends Sequencer {
  sort(tests) {
    return super.sort(tests).sort((a, b) => rank(a) - rank(b))
  }
}
