import { didYouMean } from '../config/did-you-mean'

/** What is wrong with the name of a timezone; undefined when Temporal will know it. */
export function checkTimezone(name: string): { message: string; hint: string } | undefined {
  const known = ['UTC', ...Intl.supportedValuesOf('timeZone')]
  if (known.includes(name)) return undefined
  const near = didYouMean(name, known)
  const hint = near
    ? `did you mean "${near}"?`
    : 'give an IANA name such as UTC, Europe/Berlin or America/New_York'
  if (!isKnown(name)) return { message: 'not a timezone', hint }
  // Node takes names in any case and some take offsets; Temporal takes neither. The list lacks
  // aliases such as Europe/Kyiv, which both know.
  const written = /^[A-Z][A-Za-z0-9_+-]*(\/[A-Z][A-Za-z0-9_+-]*)*$/
  if (written.test(name) && !known.some((each) => each.toLowerCase() === name.toLowerCase()))
    return undefined
  return { message: 'not a timezone as Temporal writes it', hint }
}

function isKnown(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name })
    return true
  } catch {
    return false
  }
}
