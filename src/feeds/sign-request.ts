import type { SageMakerClient } from '@aws-sdk/client-sagemaker'

/** One request as it is sent. */
export interface PlainRequest {
  method: string
  url: URL
  /** Names in lower case. */
  headers: Record<string, string>
  body: string | Uint8Array
}

/** Gives the headers with which a request is sent, those of Signature Version 4 among them. */
export type RequestSigner = (
  request: PlainRequest,
  scope: { region: string; service: string },
) => Promise<Record<string, string>>

/**
 * Signs for any service with the credentials of an AWS client, by that client's own signer: it
 * refreshes them.
 *
 * @example
 * const sign = signerOf(aws.sagemaker)
 * const headers = await sign(request, { region: 'us-east-1', service: 'sagemaker-mlflow' })
 */
export function signerOf(client: Pick<SageMakerClient, 'config'>): RequestSigner {
  return async ({ method, url, headers, body }, { region, service }) => {
    const signer = await client.config.signer({
      name: 'sigv4',
      signingName: service,
      signingRegion: region,
      properties: {},
    })
    const { protocol, hostname, port, pathname, searchParams } = url
    const signed = await signer.sign(
      {
        method,
        protocol,
        hostname,
        ...(port !== '' && { port: Number(port) }),
        path: pathname,
        query: Object.fromEntries(searchParams),
        headers: { ...headers, host: url.host },
        body,
      },
      { signingRegion: region, signingService: service },
    )
    const sent: Record<string, string> = { ...signed.headers }
    // Whoever sends the request says this itself.
    delete sent['host']
    return sent
  }
}
