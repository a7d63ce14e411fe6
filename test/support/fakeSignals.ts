import type { Signals, Stoppable } from '../../src/cli/signals.ts'

/** Signals that a test gives by hand. */
export class FakeSignals implements Signals {
  #came: 'SIGINT' | 'SIGTERM' | null = null
  #work: Stoppable | null = null
  #tell: () => void = () => undefined
  readonly first = new Promise<void>((resolve) => { this.#tell = resolve })
  came = (): 'SIGINT' | 'SIGTERM' | null => this.#came
  listen(work: Stoppable): void { this.#work = work }
  end(): void { this.#work = null }
  give(signal: 'SIGINT' | 'SIGTERM'): void {
    const isFirst = this.#came === null
    this.#came ??= signal
    this.#tell()
    if (isFirst && signal === 'SIGINT') this.#work?.stop()
    else this.#work?.leave()
  }
}
