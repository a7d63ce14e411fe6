import { describe, expect, it } from 'vitest'
import { standInLibrary } from '../../../bench/poll/standIn.ts'
import { counters } from '../../../src/drivers/libvirt/child/counters.ts'

/** Value of the stand-in's parameter at a place in its list. */
const value = (at: number): number => at * 1_000_003

describe('a reading of counters through the library', () => {
  it('tells each guest’s own numbers, and sums those of its vCPUs, interfaces and disks', async () => {
    const { domains, cpuBusyNs } = await counters({ library: standInLibrary(3), connection: 1n, uri: 'stand-in' })
    expect([domains.length, cpuBusyNs]).toEqual([3, 2_000_000])
    // Place 2 is cpu.time; vCPUs begin at 13 with five values each, of which delay is the fourth.
    expect(domains[0]).toMatchObject({ id: 1, cpuTimeNs: value(2), balloonKib: value(5), delayNs: value(16) + value(21) + value(26) + value(31) })
    expect(domains[0]!.networkBytes).toBe(value(34) + value(38) + value(42) + value(46))
  })

  it('lets others have their turn between its guests, however many there are', async () => {
    let turns = 0
    const state = { isOver: false }
    const count = (): void => {
      turns++
      if (!state.isOver) setImmediate(count)
    }
    setImmediate(count)
    const reading = counters({ library: { ...standInLibrary(500), call: immediately(500) }, connection: 1n, uri: 'stand-in' })
    await reading
    state.isOver = true
    expect(turns).toBeGreaterThanOrEqual(45)
  })
})

/** The stand-in's calls without their waiting: what turns are left are those that the reading itself gives. */
function immediately(vms: number): ReturnType<typeof standInLibrary>['call'] {
  return ((name: string, ...args: readonly unknown[]) => {
    if (name === 'virConnectGetAllDomainStats') (args[2] as bigint[])[0] = 1n
    return Promise.resolve(name === 'virConnectGetAllDomainStats' ? vms : 0)
  }) as ReturnType<typeof standInLibrary>['call']
}
