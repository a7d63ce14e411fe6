import { beforeEach, expect, it } from 'vitest'
import type { Lease } from '../../src/store/lease.ts'

/** A place where leases are kept, for a test: processes by number, and time that passes when told to. */
export interface LeaseBench {
  of(process: number): Lease
  /** On every clock that has a say. */
  pass(ms: number): Promise<void>
}

/** What every lease promises; 30 s long. */
export function leaseContract(fresh: () => Promise<LeaseBench>): void {
  let bench: LeaseBench
  beforeEach(async () => {
    bench = await fresh()
  })
  /** Past the end for everybody: a row of a database lasts a little longer than its holder counts on. */
  const OVER_MS = 33_000

  it('is held by one at a time, and each holder has a greater epoch', async () => {
    const first = (await bench.of(1).acquire())!
    expect(first.currentEpoch()).toBe(first.epoch)
    expect(await bench.of(2).acquire()).toBeNull()
    await bench.pass(OVER_MS)
    const second = (await bench.of(2).acquire())!
    expect(second.epoch).toBeGreaterThan(first.epoch)
    expect(second.currentEpoch()).toBe(second.epoch)
    expect(first.currentEpoch()).not.toBe(first.epoch)
  })

  it('can be renewed as long as it is not over, and not by one that slept past its end', async () => {
    const first = (await bench.of(1).acquire())!
    await bench.pass(20_000)
    const renewed = (await first.renew())!
    expect(renewed.epoch).toBe(first.epoch)
    expect(renewed.untilMs).toBe(first.untilMs + 20_000)
    await bench.pass(20_000)
    expect(first.currentEpoch()).toBe(first.epoch)
    expect(await bench.of(2).acquire()).toBeNull()
    await bench.pass(OVER_MS - 20_000)
    expect(await renewed.renew()).toBeNull()
    expect((await bench.of(2).acquire())!.epoch).toBeGreaterThan(first.epoch)
    expect(await renewed.renew()).toBeNull()
  })

  it('is free at once when it was given back, and gone for who gave it', async () => {
    const first = (await bench.of(1).acquire())!
    await first.release()
    const second = (await bench.of(2).acquire())!
    expect(second.epoch).toBeGreaterThan(first.epoch)
    expect(await first.renew()).toBeNull()
    await first.release()
    expect(await bench.of(3).acquire()).toBeNull()
    expect(await second.renew()).not.toBeNull()
  })

  it('goes to one of many that ask at the same time', async () => {
    const taken = await Promise.all(Array.from({ length: 20 }, (_, process) => bench.of(process + 1).acquire()))
    expect(taken.filter((lease) => lease !== null)).toHaveLength(1)
  })
}
