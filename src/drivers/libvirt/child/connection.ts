import { connect as connectSocket } from 'node:net'
import type { CallFailure } from '../messages.ts'
import type { Library, Pointer } from './library.ts'

/** Thrown inside this process; becomes the answer's failure. */
export class LibvirtFailure extends Error {
  readonly failure: CallFailure
  constructor(failure: CallFailure) {
    super(failure.text)
    this.name = 'LibvirtFailure'
    this.failure = failure
  }
}

const KEEPALIVE_S = 5
const KEEPALIVE_COUNT = 5
const PROBE_MS = 4000
/** Connections kept open for an address, each for one operation at a time. */
const IDLE_MAX = 2

/**
 * Connections to hosts. An operation has one for itself while it runs, because the library keeps the last error by connection;
 * one that failed is closed, so that the next operation starts afresh.
 */
export class Connections {
  readonly #library: Library
  readonly #idle = new Map<string, Pointer[]>()
  #opening: Promise<unknown> = Promise.resolve()

  constructor(library: Library) {
    this.#library = library
  }

  async using<T>(uri: string, probe: { readonly host: string; readonly port: number } | null, work: (connection: Pointer) => Promise<T>): Promise<T> {
    const connection = this.#takeIdle(uri) ?? (await this.open(uri, probe))
    let isGood = false
    try {
      const value = await work(connection)
      isGood = true
      return value
    } finally {
      if (isGood) this.#putBack(uri, connection)
      else void this.#library.call('virConnectClose', connection)
    }
  }

  #takeIdle(uri: string): Pointer | null {
    const idle = this.#idle.get(uri) ?? []
    for (let connection = idle.pop(); connection !== undefined; connection = idle.pop()) {
      if (this.#library.local<number>('virConnectIsAlive', connection) === 1) return connection
      void this.#library.call('virConnectClose', connection)
    }
    return null
  }

  #putBack(uri: string, connection: Pointer): void {
    const idle = this.#idle.get(uri) ?? []
    this.#idle.set(uri, idle)
    if (idle.length < IDLE_MAX) idle.push(connection)
    else void this.#library.call('virConnectClose', connection)
  }

  /** A failed open has no connection to ask why, only the handler hears it: so hosts are opened one after the other, once their address answers. */
  async open(uri: string, probe: { readonly host: string; readonly port: number } | null): Promise<Pointer> {
    if (probe !== null) await answers(probe)
    const turn = this.#opening.then(() => this.#openNow(uri))
    this.#opening = Promise.race([turn.catch(() => undefined), new Promise((resolve) => setTimeout(resolve, 2 * PROBE_MS))])
    return turn
  }

  async #openNow(uri: string): Promise<Pointer> {
    this.#library.takeErrors()
    const connection = await this.#library.call<Pointer | null>('virConnectOpen', uri)
    if (connection === null) throw new LibvirtFailure({ ...(this.#library.takeErrors().at(-1) ?? { code: null, domain: null, text: 'libvirt did not say why it could not connect' }), mayHaveBegun: false })
    await this.#library.call('virConnectSetKeepAlive', connection, KEEPALIVE_S, KEEPALIVE_COUNT)
    return connection
  }
}

/** Whether anything listens there: a dead address must not hold up the opening of others. */
function answers({ host, port }: { readonly host: string; readonly port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket({ host, port, timeout: PROBE_MS })
    const end = (reason: string | null): void => {
      socket.destroy()
      if (reason === null) resolve()
      else reject(new LibvirtFailure({ code: null, domain: null, text: `no connection to ${host} port ${port}: ${reason}`, mayHaveBegun: false }))
    }
    socket.once('connect', () => end(null))
    socket.once('timeout', () => end(`no answer in ${PROBE_MS} ms`))
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message))
  })
}
