import { type ChildProcess, fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Credentials, type LibvirtAddress, TRANSPORT_PORTS, uriOf } from './address.ts'
import type { Answer, Calls, CallFailure, CallName, FromChild, LifecycleEvent, MigrationProgress, Request } from './messages.ts'

/** A worker thread of the library for each: one for its loop, one for each migration, the rest for everything else. */
const THREADS = 96
/** A process in which so many calls never came back is replaced. */
const STUCK_MAX = 16

interface Waiting {
  readonly resolve: (answer: Answer<never>) => void
  readonly progress: ((progress: MigrationProgress) => void) | null
  readonly timer: NodeJS.Timeout
}

export interface CallOptions {
  /** Our waiting ends after this; what was begun on the host goes on. */
  readonly timeoutMs: number
  readonly onProgress?: (progress: MigrationProgress) => void
}

/**
 * The C library in a process of its own. A call that is not answered in time, or whose process is lost, fails with
 * `mayHaveBegun`: its outcome is then to be read off the hosts. The process is started when it is needed and replaced when it is lost.
 */
export class LibvirtProcess {
  readonly #credentials: Credentials
  readonly #waiting = new Map<number, Waiting>()
  readonly #onEvent: (event: LifecycleEvent) => void
  #child: ChildProcess | null = null
  #next = 1
  #stuck = 0

  constructor(credentials: Credentials, onEvent: (event: LifecycleEvent) => void = () => undefined) {
    this.#credentials = credentials
    this.#onEvent = onEvent
  }

  call<Name extends CallName>(address: LibvirtAddress, call: Name, input: Calls[Name]['input'], { timeoutMs, onProgress }: CallOptions): Promise<Answer<Calls[Name]['output']>> {
    let uri: string
    try {
      uri = uriOf(address, this.#credentials)
    } catch (error) {
      return Promise.resolve(failed(error instanceof Error ? error.message : String(error), false))
    }
    const request: Request = { id: this.#next++, uri, probe: probeOf(address), call, input }
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#giveUp(request.id, timeoutMs), timeoutMs)
      this.#waiting.set(request.id, { resolve, progress: onProgress ?? null, timer })
      const child = this.#running()
      child.send(request, (error) => {
        if (error !== null) this.#answer(request.id, failed(`the request could not be handed to libvirt's process: ${error.message}`, false))
      })
    })
  }

  /** The process id of the library's process, null before the first call: what a test ends. */
  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  close(): void {
    const child = this.#child
    this.#child = null
    child?.kill('SIGKILL')
    this.#loseAll('it was ended')
  }

  #running(): ChildProcess {
    if (this.#child !== null && this.#child.connected) return this.#child
    const child = fork(childFile(), [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [], env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', LC_ALL: 'C', UV_THREADPOOL_SIZE: String(THREADS) } })
    this.#child = child
    this.#stuck = 0
    child.on('message', (message: FromChild) => this.#take(message))
    child.once('error', () => this.#lost(child))
    child.once('exit', () => this.#lost(child))
    return child
  }

  #take(message: FromChild): void {
    switch (message.kind) {
      case 'answer':
        return this.#answer(message.id, message.answer as Answer<never>)
      case 'progress':
        return this.#waiting.get(message.id)?.progress?.(message.progress)
      case 'event':
        return this.#onEvent(message.event)
    }
  }

  #answer(id: number, answer: Answer<never>): void {
    const waiting = this.#waiting.get(id)
    if (waiting === undefined) return void (this.#stuck = Math.max(0, this.#stuck - 1))
    clearTimeout(waiting.timer)
    this.#waiting.delete(id)
    waiting.resolve(answer)
  }

  #giveUp(id: number, timeoutMs: number): void {
    this.#answer(id, failed(`no answer in ${timeoutMs} ms: what was begun may go on`, true))
    this.#stuck++
    if (this.#stuck >= STUCK_MAX) this.#child?.kill('SIGKILL')
  }

  #lost(child: ChildProcess): void {
    if (this.#child !== child) return
    this.#child = null
    this.#loseAll('it ended unexpectedly')
  }

  #loseAll(why: string): void {
    for (const id of [...this.#waiting.keys()]) this.#answer(id, failed(`libvirt's process was lost, ${why}: what was begun may go on`, true))
  }
}

const failed = (text: string, mayHaveBegun: boolean): { readonly ok: false; readonly failure: CallFailure } => ({ ok: false, failure: { code: null, domain: null, text, mayHaveBegun } })

function probeOf({ transport, host, port }: LibvirtAddress): Request['probe'] {
  return transport === 'local' || host === null ? null : { host, port: port ?? TRANSPORT_PORTS[transport] }
}

/** The bundled process: beside this bundle or its chunk, or, from sources, in dist. */
function childFile(): string {
  const candidates = ['./libvirt.js', '../libvirt.js', '../../../dist/libvirt.js'].map((path) => fileURLToPath(new URL(path, import.meta.url)))
  const found = candidates.find((file) => existsSync(file))
  if (found === undefined) throw new Error('dist/libvirt.js is missing: run npm run build')
  return found
}
