/**
 * Shapes of credentials that must not stand in a config: it is kept in workflow history, in job
 * descriptions and in logs. They are written as references: `env:NAME`.
 */
const shapes: { name: string; pattern: RegExp }[] = [
  { name: 'a Hugging Face token', pattern: /\bhf_[A-Za-z0-9]{16,}/g },
  { name: 'a GitHub token', pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{16,})/g },
  { name: 'an AWS access key', pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g },
  { name: 'an API key', pattern: /\bsk-(?:[a-z]+-)?[A-Za-z0-9_-]{20,}/g },
  { name: 'a Slack token', pattern: /\bxox[abprs]-[A-Za-z0-9-]{10,}/g },
  { name: 'a private key', pattern: /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/g },
  {
    name: 'a URL with credentials',
    pattern: /\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/@]{1,256}@(?=[^\s/])/gi,
  },
]

/** `ssh://git@host` names a user and hides nothing. */
const harmless = /^(?:ssh|git\+ssh):\/\/[^\s/:@]+@$/i

/** What kind of secret a text holds; undefined when it looks harmless. */
export function secretIn(text: string): string | undefined {
  for (const { name, pattern } of shapes) {
    if ([...text.matchAll(pattern)].some(([found]) => !harmless.test(found))) return name
  }
  return undefined
}

/**
 * Names of what is a secret whatever it looks like. A tokenizer's `pad_token` is none, nor is the
 * name, place or number of a secret (`SECRET_ARN`, `AWS_ACCESS_KEY_ID`).
 */
const secretNames =
  /(?:^|[_-])(?:(?:hub|hf|auth|access|api|bearer|session|refresh|gh|github|gitlab)[_-]?)?token$|passw(?:or)?d$|passphrase$|secret$|credentials?$|(?:api|access|private|secret|signing|encryption)[_-]?key$/i
const namesOfOtherTokens =
  /(?:pad|eos|bos|unk|sep|cls|mask|special|image|audio|additional|start|end)[_-]token$/i

/** Whether what stands under this name is a secret. */
export function isSecretName(name: string): boolean {
  return secretNames.test(name) && !namesOfOtherTokens.test(name)
}

/** `env:NAME`, a variable of the worker; the name is the first group. */
export const referencePattern = /^env:([A-Z_][A-Z0-9_]*)$/

/** What may stand there instead: a variable of the worker, or where Secrets Manager keeps it. */
export function isReference(text: string): boolean {
  return referencePattern.test(text) || /^arn:.*$/.test(text)
}

/** The text with every secret cut down to its first four characters. */
export function cutSecrets(text: string): string {
  let cut = text
  for (const { pattern } of shapes) {
    cut = cut.replace(pattern, (found) => (harmless.test(found) ? found : `${found.slice(0, 4)}…`))
  }
  return cut
}
