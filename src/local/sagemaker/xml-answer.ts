/** Answers and errors of AWS's query protocol, which are XML. */

import { serviceModel, type ServiceName } from '../../aws/service-model/service-model'

/** Namespaces of the services that answer in XML, without the API's version. */
const namespaces: Partial<Record<ServiceName, string>> = {
  sts: 'https://sts.amazonaws.com/doc',
  cloudwatch: 'http://monitoring.amazonaws.com/doc',
}

/**
 * @example
 * xmlAnswer({ service: 'sts', operation: 'GetCallerIdentity', output: { Account: '1' }, requestId })
 */
export function xmlAnswer(options: {
  service: ServiceName
  operation: string
  output: Record<string, unknown>
  requestId: string
}): string {
  const { service, operation, output, requestId } = options
  const result = `<${operation}Result>${content(output)}</${operation}Result>`
  const metadata = `<ResponseMetadata>${element('RequestId', requestId)}</ResponseMetadata>`
  return `<${operation}Response xmlns="${namespaceOf(service)}">${result}${metadata}</${operation}Response>`
}

export function xmlError(options: {
  code: string
  message: string
  status: number
  requestId: string
}): string {
  const { code, message, status, requestId } = options
  const type = status < 500 ? 'Sender' : 'Receiver'
  const inner = element('Type', type) + element('Code', code) + element('Message', message)
  return `<ErrorResponse xmlns="${namespaceOf('sts')}"><Error>${inner}</Error>${element('RequestId', requestId)}</ErrorResponse>`
}

function namespaceOf(service: ServiceName): string {
  return `${namespaces[service]}/${serviceModel(service).apiVersion}/`
}

function element(name: string, value: unknown): string {
  return `<${name}>${content(value)}</${name}>`
}

function content(value: unknown): string {
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.map((item) => element('member', item)).join('')
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined)
    return members.map(([name, member]) => element(name, member)).join('')
  }
  return String(value).replace(/[<>&"']/g, (c) => `&#${c.charCodeAt(0)};`)
}
