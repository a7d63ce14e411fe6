import type { SeenHost } from '../../src/execute/protocol/effects.ts'
import { applyRecord, EMPTY_LEDGER, type Ledger, toValue } from '../../src/execute/protocol/ledger.ts'
import type { JournalRecord } from '../../src/execute/protocol/records.ts'
import type { Machine } from './machine.ts'
import type { Process } from './process.ts'
import { FAULT_TIMES } from './times.ts'

/** Writes of all processes to the one journal: slow, torn by a crash, refused by a full disk; beside it the state it tells, kept apart from the executor's own. */
export class Journaling {
  readonly #machine: Machine
  #shadow: Ledger = EMPTY_LEDGER

  constructor(machine: Machine) {
    this.#machine = machine
  }

  /** Whether the journal tells this state. */
  tells(ledger: Ledger): boolean {
    return sameLedger(ledger, this.#shadow)
  }

  append(runner: Process, records: readonly JournalRecord[]): void {
    const machine = this.#machine
    const { appends } = runner
    const looks = records.some(({ kind }) => kind === 'intent') ? new Map(runner.looks) : runner.looks
    const delayMs = machine.draw(machine.odds.slowAppend) ? machine.below(6_000) : 1 + machine.below(10)
    runner.lastWriteMs = Math.max(runner.lastWriteMs, machine.nowMs + delayMs)
    machine.after(runner.lastWriteMs - machine.nowMs, () => {
      // A crash in the middle of a write leaves some records, and one of them torn; what is torn was never there.
      if (!runner.isAlive) return this.#torn(records)
      if (runner.appends !== appends) return
      this.#write(runner, records, looks)
    })
  }

  #torn(records: readonly JournalRecord[]): void {
    const kept = records.slice(0, this.#machine.below(records.length + 1))
    if (kept.length > 0 && this.#machine.disk.append(kept) === 'appended') this.#durable(kept, new Map())
  }

  #write(runner: Process, records: readonly JournalRecord[], looks: ReadonlyMap<string, SeenHost>): void {
    const machine = this.#machine
    const { checks, disk } = machine
    if (machine.draw(machine.odds.diskFull)) this.#fillDisk()
    const result = disk.append(records)
    if (result === 'appended') {
      this.#durable(records, looks)
      machine.feed(runner, { kind: 'appended', sequence: records.at(-1)!.sequence })
      if (!runner.isPaused && runner.state.pending.length === 0 && checks.violations.length === 0 && !this.tells(runner.state.confirmed)) checks.broken('replay', 'the state in memory is not what the journal tells')
      return
    }
    runner.appends++
    machine.tally.add(`append ${result}`)
    machine.feed(runner, { kind: 'appendFailed', why: result, message: result === 'full' ? 'no space left on device' : 'the epoch is over' })
  }

  #fillDisk(): void {
    const machine = this.#machine
    machine.disk.full = true
    machine.tally.add('diskFull')
    machine.after(machine.below(60_000), () => (machine.disk.full = false))
  }

  #durable(records: readonly JournalRecord[], looks: ReadonlyMap<string, SeenHost>): void {
    const machine = this.#machine
    for (const record of records) {
      machine.note(`journal ${record.sequence} ${record.kind} ${whatOf(record)}`)
      // Looks of a process that has crashed since are not at hand: what it did is checked where it takes effect.
      machine.checks.recorded(record, machine.disk.epoch, looks, looks.size > 0)
      this.#shadow = applyRecord(this.#shadow, record, FAULT_TIMES)
    }
    machine.tally.add('records', records.length)
  }
}

function whatOf(record: JournalRecord): string {
  if (record.kind === 'intent') return `${record.body.id} ${JSON.stringify(record.body.action)}`
  return record.kind === 'outcome' ? `${record.body.id} ${record.body.settled} ${record.body.seen}` : ''
}

const sameLedger = (a: Ledger, b: Ledger): boolean => a.sequence === b.sequence && (a === b || JSON.stringify(toValue(a)) === JSON.stringify(toValue(b)))
