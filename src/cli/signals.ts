/** Work that a signal ends in good order. */
export interface Stoppable {
  /** Begins nothing further; what runs is waited for. */
  stop(): void
  /** Waits for nothing any more. */
  leave(): void
}

/** Signals that ask a command to end, heard while it works on real hosts. */
export interface Signals {
  /** The first that came; null: none. */
  came(): 'SIGINT' | 'SIGTERM' | null
  /** Resolves when the first comes. */
  readonly first: Promise<void>
  /** Ctrl-C once: `stop`. Again, or a polite kill: `leave`. */
  listen(work: Stoppable, told: { say(text: string): void }): void
  end(): void
}

export function beginSignals(): Signals {
  return new Heard()
}

class Heard implements Signals {
  #came: 'SIGINT' | 'SIGTERM' | null = null
  readonly first: Promise<void>
  #work: { readonly stoppable: Stoppable; readonly told: { say(text: string): void } } | null = null
  #tellFirst: () => void = () => undefined
  readonly #interrupt = (): void => this.#hear('SIGINT')
  readonly #terminate = (): void => this.#hear('SIGTERM')

  constructor() {
    this.first = new Promise((resolve) => { this.#tellFirst = resolve })
    process.on('SIGINT', this.#interrupt).on('SIGTERM', this.#terminate)
  }

  came(): 'SIGINT' | 'SIGTERM' | null {
    return this.#came
  }

  listen(stoppable: Stoppable, told: { say(text: string): void }): void {
    this.#work = { stoppable, told }
    if (this.#came !== null) stoppable.stop()
    if (this.#came === 'SIGTERM') stoppable.leave()
  }

  end(): void {
    process.off('SIGINT', this.#interrupt).off('SIGTERM', this.#terminate)
  }

  #hear(signal: 'SIGINT' | 'SIGTERM'): void {
    const isFirst = this.#came === null
    this.#came ??= signal
    this.#tellFirst()
    if (this.#work === null) return
    const { stoppable, told } = this.#work
    if (isFirst && signal === 'SIGINT') {
      told.say('Nothing further is begun; waiting for what runs. Ctrl-C again leaves it to the hosts.')
      stoppable.stop()
    } else stoppable.leave()
  }
}
