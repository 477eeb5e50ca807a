/** A text as a YAML scalar on one line: plain where nobody could read it as something else, else quoted as JSON. */
export function yamlText(text: string): string {
  const plain = /^(?:\.{1,2}\/|\.$|[A-Za-z])[\w./:-]*$/.test(text) || /^\.{1,2}$/.test(text)
  const special =
    /^(true|false|null|yes|no|on|off|y|n|\.nan|\.inf)$/i.test(text) || text.endsWith(':')
  return plain && !special ? text : JSON.stringify(text)
}

/** A text as the end of a comment: one line, no control characters, at most 70 characters. */
export function commentText(text: string): string {
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\s]+/g, ' ').trim()
  return line.length > 70 ? `${line.slice(0, 69)}…` : line
}
