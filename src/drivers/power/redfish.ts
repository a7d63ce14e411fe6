import type { X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import type { PowerControl } from '../../model/powerControl.ts'
import type { Secret } from '../secret.ts'
import { type PowerController, type PowerReply, type PowerSeen, failed, onUnlessOn, seen, succeeded, unseen } from './controller.ts'

type Redfish = Extract<PowerControl, { kind: 'redfish' }>

const BODY_BYTES_MAX = 1024 * 1024
const POWER: ReadonlyMap<unknown, 'on' | 'off' | 'changing'> = new Map([['On', 'on'], ['Off', 'off'], ['PoweringOn', 'changing'], ['PoweringOff', 'changing']])
const RESET = '#ComputerSystem.Reset'

interface Access {
  readonly settings: Redfish
  readonly password: Secret
  readonly pin: X509Certificate | null
}

interface Answer {
  readonly status: number
  readonly body: unknown
}

/**
 * A management controller over Redfish (DMTF DSP0266): the system's `PowerState`, and `ComputerSystem.Reset` with `On`.
 * TLS always; with a pinned certificate (`pin`) no other is accepted. Redirects are not followed.
 */
export function redfishController(settings: Redfish, password: Secret, pin: X509Certificate | null): PowerController {
  const access: Access = { settings, password, pin }
  const status = async (deadlineUnixMs: number): Promise<PowerSeen> => {
    const system = await ask(access, 'GET', settings.system, null, deadlineUnixMs)
    if (typeof system === 'string') return unseen(system)
    const power = POWER.get(fieldOf(system.body, 'PowerState'))
    return power === undefined ? unseen(`${settings.system} has no PowerState that is known`) : seen(power)
  }
  return { kind: 'redfish', status, powerOn: (deadlineUnixMs) => onUnlessOn({ status }, () => resetOn(access, deadlineUnixMs), deadlineUnixMs) }
}

async function resetOn(access: Access, deadlineUnixMs: number): Promise<PowerReply> {
  const { settings } = access
  const system = await ask(access, 'GET', settings.system, null, deadlineUnixMs)
  if (typeof system === 'string') return failed(system)
  const reset = fieldOf(fieldOf(system.body, 'Actions'), RESET)
  const types = fieldOf(reset, 'ResetType@Redfish.AllowableValues')
  if (Array.isArray(types) && !types.includes('On')) return failed(`${settings.system} can't be reset to On: it allows ${types.join(', ')}`)
  const target = fieldOf(reset, 'target')
  const path = typeof target === 'string' && target.startsWith('/redfish/') ? target : `${settings.system}/Actions/ComputerSystem.Reset`
  const answer = await ask(access, 'POST', path, { ResetType: 'On' }, deadlineUnixMs)
  return typeof answer === 'string' ? failed(answer) : succeeded
}

const fieldOf = (value: unknown, name: string): unknown => (typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined)

/** The answer, or in words why there is none. */
function ask({ settings, password, pin }: Access, method: 'GET' | 'POST', path: string, body: object | null, deadlineUnixMs: number): Promise<Answer | string> {
  const { address, port, user } = settings
  return new Promise((resolve) => {
    const text = body === null ? '' : JSON.stringify(body)
    const call = request({
      host: address, port, path, method, agent: false, minVersion: 'TLSv1.2', auth: `${user}:${password.reveal()}`, ...(pin === null ? {} : pinning(pin)),
      headers: { accept: 'application/json', ...(body === null ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }) },
    })
    const timer = setTimeout(() => call.destroy(new Error('no answer in time')), Math.max(1, deadlineUnixMs - Date.now()))
    const end = (answer: Answer | string): void => {
      clearTimeout(timer)
      resolve(answer)
    }
    call.once('error', ({ message }) => end(`${address}: ${message}`))
    call.once('response', (response) => void bodyOf(response).then((whole) => end(answerOf(settings, method, path, response.statusCode ?? 0, whole)), (error: unknown) => {
      end(`${address}: ${(error as Error).message}`)
      call.destroy()
    }))
    call.end(text)
  })
}

/** Nobody else's certificate passes, even one that the pinned one has signed; its name need not be the address. */
function pinning(pin: X509Certificate): { readonly ca: string; readonly checkServerIdentity: (host: string, shown: { readonly fingerprint256: string }) => Error | undefined } {
  return { ca: pin.toString(), checkServerIdentity: (_, { fingerprint256 }) => (fingerprint256 === pin.fingerprint256 ? undefined : new Error('shows another certificate than the one that is pinned')) }
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > BODY_BYTES_MAX) throw new Error(`answers more than ${BODY_BYTES_MAX} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function answerOf({ address }: Redfish, method: string, path: string, status: number, text: string): Answer | string {
  if (status >= 300 && status < 400) return `${address} redirects ${path}: redirects are not followed`
  if (status === 401 || status === 403) return `${address} refuses the user or password (${status})`
  if (status < 200 || status > 299) return `${address} answers ${status} to ${method} ${path}`
  try {
    return { status, body: text === '' ? null : (JSON.parse(text) as unknown) }
  } catch {
    return `${address} answers ${path} with what is no JSON`
  }
}
