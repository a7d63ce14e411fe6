import { describe, expect, it } from 'vitest'
import { hostId, vmId } from '../../../src/model/ids.ts'
import { DAY_MS } from '../../../src/model/resources.ts'
import { BadInput } from '../../../src/model/result.ts'
import type { WhatIfQuestion } from '../../../src/model/whatif.ts'
import { answerWhatIf } from '../../../sim/whatif/answer.ts'
import { host, placed, scenarioOf, settingsOf, vm } from './smallPool.ts'

const pool = scenarioOf([host('a'), host('b', { memoryMib: 8192 })], [placed(vm('x'), 'a')])
const limits = settingsOf().limits

function issuesOf(question: WhatIfQuestion): string[] {
  try {
    answerWhatIf(question)
  } catch (error) {
    if (error instanceof BadInput) return error.issues.map(({ path, message }) => `${path}: ${message}`)
    throw error
  }
  return []
}

describe('a question that makes no sense is refused', () => {
  it.each([
    ['horizonMs', { horizonMs: 0 }, 'whatif.horizonMs: is 0, expected a whole number of ms above 0 and up to 20 years'],
    ['horizonMs', { horizonMs: Number.NaN }, 'whatif.horizonMs: is NaN, expected a whole number of ms above 0 and up to 20 years'],
    ['stepMs', { stepMs: 1 }, 'whatif.stepMs: is 1, expected a whole number of ms from one minute up, or none'],
    ['growth', { growthPerMonthRatio: 30 }, 'whatif.growthPerMonthRatio: is 30, expected a ratio from -0.99 to 10 (0.03 is 3 % a month)'],
    ['percent for a ratio', { limits: { ...limits, utilizationMax: 80 } }, 'whatif.limits.utilizationMax: is 80, expected a ratio above 0 and up to 1, or none for the policy\'s'],
    ['failures', { limits: { ...limits, failoverHosts: 2 } }, 'whatif.limits.failoverHosts: is 2 of 2 hosts, expected fewer than there are'],
    ['a candidate larger than any host', { candidate: { vcpus: 1, cpuMhz: 1000, memoryMib: 20_000 } }, 'whatif.candidate.memoryMib: needs 20000 MiB, the limits allow at most 16384 on any host: pick a smaller size'],
    ['a candidate that needs nothing', { candidate: { vcpus: 4, cpuMhz: 0, memoryMib: 0 } }, 'whatif.candidate: needs nothing that is limited, so any number would fit: give it memory, CPU or (with limits.vcpusPerCoreMax) vCPUs'],
    ['too fine a step', { horizonMs: 365 * DAY_MS, stepMs: 3_600_000 }, 'whatif.horizonMs: something changes at 8760 instants within it, at most 5000 are judged: shorten it or raise stepMs'],
  ])('%s', (_, changed, issue) => {
    expect(issuesOf({ scenario: pool, settings: settingsOf(changed) })).toEqual([issue])
  })

  it('names all that is wrong at once', () => {
    const scenario = scenarioOf([host('a'), host('a')], [placed(vm('x', { memoryMib: -1 }), 'nowhere'), placed(vm('x'), null, 3)], [[1]], [
      { atMs: DAY_MS, kind: 'hostFail', host: hostId('gone') }, { atMs: -1, kind: 'vmRemove', vm: vmId('nobody') }, { atMs: 0, kind: 'demandScale', factor: Number.NaN, class: null },
    ])
    expect(issuesOf({ scenario, settings: settingsOf({ horizonMs: -5 }) })).toEqual([
      'whatif.horizonMs: is -5, expected a whole number of ms above 0 and up to 20 years',
      'hosts: a is there twice, expected each name once, later ones included: give a clone its own name',
      'VMs: x is there twice, expected each name once, later ones included: give a clone its own name',
      'vms.x.memoryMib: is -1, expected a number from 0 to 1e9',
      'vms.x.host: is nowhere, which is no host of this scenario',
      'vms.x.cpuColumn: is 3, the CPU series have 1 columns',
      'events[0]: names gone, which is no host of this scenario',
      'events[1].atMs: is -1, expected ms from 0',
      'events[1]: names nobody, which is no VM of this scenario',
      'events[2].factor: is NaN, expected a number from 0',
    ])
  })

  it('needs a host', () => {
    expect(issuesOf({ scenario: scenarioOf([], []), settings: settingsOf() })).toEqual(['hosts: there is no host, expected at least one: a capacity question needs a pool'])
  })
})
