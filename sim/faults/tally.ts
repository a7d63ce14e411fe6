import type { Effect } from '../../src/execute/protocol/effects.ts'

/** What an effect does, as a row of the table of cells. */
export const effectName = ({ action }: Effect): string => (action.kind === 'step' ? action.step.kind : action.kind === 'cordon' ? (action.cordoned ? 'cordon' : 'uncordon') : 'abort')

export const EFFECT_NAMES = ['migrate', 'startVm', 'shutdownVm', 'suspendVm', 'resumeVm', 'powerOn', 'powerOff', 'cordon', 'uncordon', 'abort'] as const
export const FAULT_NAMES = ['begun', 'crashBefore', 'crashAfter', 'lostCommand', 'lostReply', 'lateCommand', 'duplicate', 'fails', 'sticks', 'cutOff'] as const

/** Counts of (effect x fault) cells and of what else happened. Cheap to add to, and to add up over runs. */
export class Tally {
  readonly cells = new Map<string, number>()

  add(name: string, count = 1): void {
    this.cells.set(name, (this.cells.get(name) ?? 0) + count)
  }

  addAll(other: Tally): void {
    for (const [name, count] of other.cells) this.add(name, count)
  }

  of(name: string): number {
    return this.cells.get(name) ?? 0
  }
}

/** FNV-1a over what happened, two lanes of 32 bits. */
export class EventHash {
  #a = 0x811c9dc5 | 0
  #b = 0x9747b28c | 0

  text(text: string): void {
    for (let index = 0; index < text.length; index++) this.number(text.charCodeAt(index))
  }

  number(value: number): void {
    this.#a = Math.imul(this.#a ^ value, 0x01000193)
    this.#b = Math.imul(this.#b ^ (value + 0x9e37), 0x01000193)
  }

  get hex(): string {
    return [this.#a, this.#b].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
  }
}
