import { CHAIN_START, recover, seal, segmentHeader } from '../../src/execute/protocol/journal.ts'
import type { JournalRecord } from '../../src/execute/protocol/records.ts'

/** The one journal of the pool and the lease beside it, as controllers share them. */
export class Disk {
  readonly records: JournalRecord[] = []
  /** Of the lease: what is appended from an older epoch is refused. */
  epoch = 0
  leaseUntilMs = 0
  holder: number | null = null
  full = false

  /** Takes the lease if it is free or over; the epoch is then the new holder's. */
  acquire(controller: number, nowMs: number, leaseMs: number): number | null {
    if (this.holder !== null && nowMs < this.leaseUntilMs) return null
    this.holder = controller
    this.epoch++
    this.leaseUntilMs = nowMs + leaseMs
    return this.epoch
  }

  renew(controller: number, epoch: number, nowMs: number, leaseMs: number): boolean {
    if (this.holder !== controller || this.epoch !== epoch || nowMs >= this.leaseUntilMs) return false
    this.leaseUntilMs = nowMs + leaseMs
    return true
  }

  /** Appends all or refuses all. */
  append(records: readonly JournalRecord[]): 'appended' | 'fenced' | 'full' {
    if (this.full) return 'full'
    if (records.some(({ epoch }) => epoch !== this.epoch)) return 'fenced'
    if (records[0]!.sequence !== (this.records.at(-1)?.sequence ?? 0) + 1) return 'fenced'
    this.records.push(...records)
    return 'appended'
  }

  /** Writes the journal out as bytes, tears off its end in the middle of one more record, reads it back: null when all is as it was. */
  whyNotRecovered(tornBytes: number): string | null {
    let hash = CHAIN_START
    let text = ''
    for (const value of [segmentHeader(1, CHAIN_START), ...this.records.slice(-40).map((record, index) => ({ ...record, sequence: index + 1 }))]) {
      const sealed = seal(hash, value)
      text += sealed.line
      hash = sealed.hash
    }
    const whole = new TextEncoder().encode(text)
    const next = new TextEncoder().encode(seal(hash, { sequence: 9_999, epoch: this.epoch, atUnixMs: 0, kind: 'epoch', body: { who: 'torn' } }).line)
    const found = recover(new Uint8Array([...whole, ...next.subarray(0, tornBytes % next.length)]))
    if (found.damage !== null) return `a torn append is taken for damage: ${found.damage.message}`
    return found.goodBytes === whole.length && found.records.length === Math.min(40, this.records.length) ? null : `${found.records.length} records were read back`
  }
}
