import { describe, expect, it } from 'vitest'
import { vmId } from '../../src/model/ids.ts'
import { NOWHERE, VM, addVm, emptyPool } from '../../src/model/pool.ts'
import { slotOf, slotsOf } from '../../src/model/vmSlots.ts'
import { makeVm } from '../support/parts.ts'

describe('the column of a VM', () => {
  const names = ['a', 'b', 'c'].map(vmId)

  it('is found, also after VMs came, left and took each other’s columns', () => {
    const pool = emptyPool()
    for (const name of names) addVm(pool, makeVm(name), 0)
    expect(names.map((name) => slotOf(pool, name))).toEqual([0, 1, 2])
    pool.vmState[0] = VM.gone
    expect(slotOf(pool, vmId('a'))).toBe(NOWHERE)
    addVm(pool, makeVm('d'), 0, 0)
    expect([slotOf(pool, vmId('d')), slotOf(pool, vmId('a'))]).toEqual([0, NOWHERE])
    // A VM that left and came back elsewhere, while its old column still bears its name.
    pool.vmState[1] = VM.gone
    addVm(pool, makeVm('b'), 0)
    expect(slotOf(pool, vmId('b'))).toBe(3)
    expect(slotsOf(pool, [vmId('b'), vmId('nobody'), vmId('c'), vmId('d')])).toEqual([0, 2, 3])
  })
})
