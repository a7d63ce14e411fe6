import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EventQueue, type QueuedEvent } from '../../sim/eventQueue.ts'
import { trials } from '../support/parts.ts'

const push = fc.record({ atMs: fc.integer({ min: 0, max: 20 }), kind: fc.integer({ min: 0, max: 18 }), a: fc.integer({ min: -1, max: 1000 }), b: fc.integer({ min: 0, max: 1000 }) })

/** What a queue must do, on a list that is sorted anew each time. */
class SortedList {
  readonly #entries: (QueuedEvent & { sequence: number })[] = []
  #pushed = 0
  push(event: QueuedEvent): void {
    this.#entries.push({ ...event, sequence: this.#pushed++ })
    this.#entries.sort((x, y) => x.atMs - y.atMs || x.sequence - y.sequence)
  }
  pop(): QueuedEvent | null {
    const first = this.#entries.shift()
    return first ? { atMs: first.atMs, kind: first.kind, a: first.a, b: first.b } : null
  }
  get size(): number {
    return this.#entries.length
  }
}

describe('the event queue', () => {
  it('gives events by time, and at equal times in the order they came, however pushes and pops are mixed', () => {
    fc.assert(fc.property(fc.array(fc.oneof({ weight: 3, arbitrary: push }, { weight: 2, arbitrary: fc.constant(null) }), { maxLength: 400, size: 'max' }), (actions) => {
      const queue = new EventQueue()
      const list = new SortedList()
      const event: QueuedEvent = { atMs: 0, kind: 0, a: 0, b: 0 }
      const pop = (): void => {
        const expected = list.pop()
        expect(queue.nextMs()).toBe(expected?.atMs ?? null)
        expect(queue.pop(event) ? { ...event } : null).toEqual(expected)
      }
      for (const action of actions) {
        if (action === null) pop()
        else {
          queue.push(action.atMs, action.kind, action.a, action.b)
          list.push(action)
        }
        expect(queue.size).toBe(list.size)
      }
      while (list.size > 0) pop()
      expect(queue.pop(event)).toBe(false)
    }), trials(300))
  })

  it('keeps the order of a hundred thousand events of one instant', () => {
    const queue = new EventQueue()
    for (let number = 0; number < 100_000; number++) queue.push(7, 1, number)
    const event: QueuedEvent = { atMs: 0, kind: 0, a: 0, b: 0 }
    for (let number = 0; number < 100_000; number++) {
      queue.pop(event)
      if (event.a !== number) expect.fail(`event ${event.a} came as number ${number}`)
    }
  })
})
