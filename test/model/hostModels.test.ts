import { describe, expect, it } from 'vitest'
import { DEFAULT_HOST_MODEL, HOST_MODELS, findHostModel, hostOf } from '../../src/model/hostModels.ts'
import { NAME_PATTERN, hostId } from '../../src/model/ids.ts'
import { cpuForVmsMhz, memoryForVmsMib } from '../../src/model/pool.ts'
import { powerAtW } from '../../src/model/power.ts'

describe.each(HOST_MODELS)('host model $name', (model) => {
  it('has 11 points of power that rise with load', () => {
    expect(model.power.curveW).toHaveLength(11)
    expect([...model.power.curveW].sort((a, b) => a - b)).toEqual(model.power.curveW)
  })

  it('draws less when off than idle, and keeps most of itself for VMs', () => {
    const host = hostOf(model, hostId('h1'))
    expect(model.power.offW).toBeLessThan(model.power.curveW[0]!)
    expect(cpuForVmsMhz(host)).toBeGreaterThan(0.9 * host.capacity.cpuMhz)
    expect(memoryForVmsMib(host)).toBeGreaterThan(0.9 * host.capacity.memoryMib)
  })

  it('boots and shuts down at a power between off and full', () => {
    for (const watts of [model.power.bootW, model.power.shutdownW]) {
      expect(watts).toBeGreaterThanOrEqual(model.power.offW)
      expect(watts).toBeLessThanOrEqual(model.power.curveW[10]!)
    }
  })
})

it('host models have names of their own that files may use, and the default is one of them', () => {
  expect(new Set(HOST_MODELS.map((model) => model.name)).size).toBe(HOST_MODELS.length)
  expect(HOST_MODELS.every((model) => NAME_PATTERN.test(model.name))).toBe(true)
  expect(findHostModel(DEFAULT_HOST_MODEL)).not.toBeNull()
  expect(findHostModel('constructor')).toBeNull()
})

it('the hosts of the PlanetLab study have 3720 and 5320 MIPS, 4096 MB and 117 and 135 W at full load', () => {
  const [g4, g5] = ['ml110-g4', 'ml110-g5'].map((name) => hostOf(findHostModel(name)!, hostId(name)))
  expect([g4!.capacity.cpuMhz, g5!.capacity.cpuMhz]).toEqual([3720, 5320])
  expect([memoryForVmsMib(g4!), memoryForVmsMib(g5!)]).toEqual([4096, 4096])
  expect([powerAtW(g4!.power.curveW, 1), powerAtW(g5!.power.curveW, 1)]).toEqual([117, 135])
  expect([powerAtW(g4!.power.curveW, 0.25), powerAtW(g5!.power.curveW, 0.25)]).toEqual([94.3, 103])
})
