import { readFileSync } from 'node:fs'
import { type Server, createServer } from 'node:https'
import type { AddressInfo } from 'node:net'

/** A management controller as the standard describes it, on loopback: TLS, basic authentication, one system. */
export interface FakeRedfish {
  readonly port: number
  readonly requests: string[]
  power: string
  /** Answer to a reset instead of doing it. */
  refuseReset: number | null
  redirectTo: string | null
  stalls: boolean
  allowed: string[]
  close(): Promise<void>
}

const CERTIFICATES = new URL('certificates/', import.meta.url)
export const certificate = (name: 'pinned' | 'other'): string => new URL(`${name}.pem`, CERTIFICATES).pathname

export async function fakeRedfish(user: string, password: string): Promise<FakeRedfish> {
  const server: Server = createServer({ key: readFileSync(new URL('pinned.key', CERTIFICATES)), cert: readFileSync(certificate('pinned')) }, (request, response) => {
    fake.requests.push(`${request.method} ${request.url}`)
    const answer = (status: number, body: unknown, headers: Record<string, string> = {}): void => void response.writeHead(status, headers).end(body === null ? undefined : JSON.stringify(body))
    if (fake.stalls) return
    if (fake.redirectTo !== null) { answer(302, null, { location: fake.redirectTo }); return; }
    if (request.headers.authorization !== `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`) { answer(401, { error: 'no' }); return; }
    if (request.method === 'GET' && request.url === '/redfish/v1/Systems/1') {
      answer(200, { PowerState: fake.power, Actions: { '#ComputerSystem.Reset': { target: '/redfish/v1/Systems/1/Actions/ComputerSystem.Reset', 'ResetType@Redfish.AllowableValues': fake.allowed } } }); return;
    }
    if (request.method !== 'POST' || request.url !== '/redfish/v1/Systems/1/Actions/ComputerSystem.Reset') { answer(404, null); return; }
    if (fake.refuseReset !== null) { answer(fake.refuseReset, { error: 'busy' }); return; }
    fake.power = 'PoweringOn'
    answer(204, null)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const fake: FakeRedfish = {
    port: (server.address() as AddressInfo).port, requests: [], power: 'Off', refuseReset: null, redirectTo: null, stalls: false, allowed: ['On', 'ForceOff', 'GracefulShutdown'],
    close: () => new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
  }
  return fake
}
