/** The fields of a write, as the SDK sends them with the code; a copy forgets the key of its source. */
export function encryptionBy(kmsKey: unknown) {
  if (typeof kmsKey !== 'string') return {}
  return { ServerSideEncryption: 'aws:kms' as const, SSEKMSKeyId: kmsKey }
}
