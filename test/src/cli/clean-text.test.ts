import { cleanLine, truncate, visibleLength } from '../../../src/cli/clean-text'
import { formatTable } from '../../../src/cli/format-table'

test('a log line cannot move the cursor, clear the screen, set a title or ring', () => {
  expect(cleanLine('\x1b[2J\x1b[1;31mloss\x1b[0m\x1b]0;owned\x07 0.5\x07\b\r\0')).toBe('loss 0.5')
})

test('what is shown on one line stays on one line', () => {
  expect(cleanLine('ExitCode 1\r\nErrorMessage ?\n')).toBe('ExitCode 1 ErrorMessage ?')
})

test('a C1 control character is cut as well, tabs and letters of any script stay', () => {
  expect(cleanLine('\u009b31mred\tdéjà 映画')).toBe('31mred\tdéjà 映画')
})

test('a text is cut to the width of the terminal, colours not counted', () => {
  const red = '\x1b[31mabcdef\x1b[39m'
  expect(visibleLength(red)).toBe(6)
  expect(truncate(red, 6)).toBe(red)
  expect(truncate(red, 4)).toBe('\x1b[31mabc…\x1b[39m')
})

test('an ideogram and an emoji take two columns, an accent of its own none', () => {
  expect(visibleLength('映画')).toBe(4)
  expect(visibleLength('한국 ok 🎬')).toBe(10)
  expect(visibleLength('cafe\u0301 …→✓')).toBe(8)
  expect(
    formatTable([
      ['映画', 'a'],
      ['film', 'b'],
    ]),
  ).toEqual(['映画  a', 'film  b'])
})

test('a wide character that no longer fits is cut as a whole', () => {
  expect(truncate('映画の評価', 6)).toBe('映画…')
  expect(truncate('e\u0301e\u0301e\u0301', 2)).toBe('e\u0301…')
})
