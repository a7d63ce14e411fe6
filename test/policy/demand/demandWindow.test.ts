import { describe, expect, it } from 'vitest'
import { addVm, emptyPool } from '../../../src/model/pool.ts'
import { demandWindow } from '../../../src/policy/demand/demandWindow.ts'
import { makeVm } from '../../support/parts.ts'

const frame = (takenAtMs: number, vmCpuMhz: readonly number[]) => ({ takenAtMs, intervalMs: 60_000, vmCpuMhz: Float64Array.from(vmCpuMhz), hostCpuMhz: new Float64Array(0) })

describe('the window of demand', () => {
  const pool = emptyPool()
  addVm(pool, makeVm('a', { cpuMhz: 1000 }), 0)
  addVm(pool, makeVm('b', { cpuMhz: 2000 }), 0)
  addVm(pool, makeVm('c', { cpuMhz: 4000 }), 150_000)
  const history = [frame(60_000, [1, 2]), frame(120_000, [3, NaN, 5]), frame(180_000, [6, 7, 8])]

  it('has a column for each VM asked for, in that order, with its size', () => {
    const window = demandWindow(pool, Int32Array.of(1, 0), history, 0)
    expect([...window.values]).toEqual([2, 1, NaN, 3, 7, 6])
    expect([...window.size]).toEqual([2000, 1000])
  })
  it('knows nothing of a VM before it took its slot', () => {
    expect([...demandWindow(pool, Int32Array.of(2), history, 0).values]).toEqual([NaN, NaN, 8])
  })
  it('leaves out frames that are too old', () => {
    expect(demandWindow(pool, Int32Array.of(0), history, 60_000).instantCount).toBe(2)
    expect(demandWindow(pool, Int32Array.of(0), [], 0).values.length).toBe(0)
  })
})
