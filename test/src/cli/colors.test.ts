import { wantsColor } from '../../../src/cli/colors'

const terminal = { isTTY: true }

test.each([
  ['a terminal', terminal, {}, true],
  ['a pipe', {}, {}, false],
  ['NO_COLOR', terminal, { NO_COLOR: '1' }, false],
  ['NO_COLOR against FORCE_COLOR', terminal, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
  ['a dumb terminal', terminal, { TERM: 'dumb' }, false],
  ['CI', terminal, { CI: 'true' }, false],
  ['FORCE_COLOR in a pipe', {}, { FORCE_COLOR: '1' }, true],
  ['FORCE_COLOR=0', terminal, { FORCE_COLOR: '0' }, false],
] as const)('with %s, colours are decided by the rules', (_, stream, env, expected) => {
  expect(wantsColor(stream, env)).toBe(expected)
})
