import { describe, expect, it } from 'vitest'
import { hostId, vmId } from '../../../../src/model/ids.ts'
import { BadInput } from '../../../../src/model/result.ts'
import { issueList } from '../../../../sim/workloads/reading/issueList.ts'
import { inOrder, placedAsRecorded, readRecorded, recordedText, scenarioEventsOf, type RecordedEvent } from '../../../../sim/workloads/prometheus/recorded.ts'
import { standingVm, vmOfSize } from '../../../../sim/workloads/vm.ts'

const [web, job, a, b] = [vmId('web'), vmId('job'), hostId('a'), hostId('b')] as const
const EVENTS: readonly RecordedEvent[] = [
  { atMs: 0, kind: 'powerOn', vm: null, host: b },
  { atMs: 1000, kind: 'arrive', vm: job, host: b },
  { atMs: 1000, kind: 'migrate', vm: web, host: b },
  { atMs: 2000, kind: 'depart', vm: job, host: b },
  { atMs: 2000, kind: 'powerOff', vm: null, host: a },
]

function read(text: string): { readonly events: RecordedEvent[]; readonly issues: readonly string[] } {
  const issues = issueList()
  const events = readRecorded('recorded.csv', [new TextEncoder().encode(text)], new Set(['web', 'job']), new Set(['a', 'b']), issues)
  try {
    issues.throwIfAny()
  } catch (error) {
    if (error instanceof BadInput) return { events, issues: error.issues.map(({ path, message }) => `${path} ${message}`) }
  }
  return { events, issues: [] }
}

describe('recorded.csv', () => {
  it('reads back what was written', () => {
    expect(read([...recordedText(EVENTS)].join(''))).toEqual({ events: EVENTS, issues: [] })
    expect(read([...recordedText([])].join(''))).toEqual({ events: [], issues: [] })
  })

  it('tells every fault with its line', () => {
    const { issues } = read('atMs,kind,vm,host\n5,migrate,web,a\n4,migrate,web,b\n6,fly,web,a\n7,migrate,nobody,c\n8,powerOff,web,a\n-1,depart,web,a\n')
    expect(issues).toEqual([
      'recorded.csv:3 atMs: 4 is before the row above: events come in order of time',
      'recorded.csv:4 kind: "fly" was found, one of powerOn, arrive, migrate, depart, powerOff was expected',
      'recorded.csv:5 host: c is not in hosts.json',
      'recorded.csv:5 vm: nobody is not in vms.csv',
      'recorded.csv:6 vm: a powerOff has no VM: leave the cell empty',
      expect.stringContaining('recorded.csv:7 atMs: "-1" is negative'),
    ])
  })
})

it('events of one instant come so that a host is up before VMs come and empty before it goes down', () => {
  expect(inOrder(EVENTS.toReversed())).toEqual(EVENTS)
})

it('a scenario gets migrations and power commands, the workload has arrivals and departures itself', () => {
  expect(scenarioEventsOf(EVENTS)).toEqual([
    { atMs: 0, kind: 'powerOn', host: b },
    { atMs: 1000, kind: 'migrate', vm: web, target: b },
    { atMs: 2000, kind: 'powerOff', host: a },
  ])
})

it('VMs that came later can be put where they were started', () => {
  const vms = [{ ...standingVm(vmOfSize(web, { vcpus: 1, cpuMhz: 1000, memoryMib: 512 })), host: a }, standingVm(vmOfSize(job, { vcpus: 1, cpuMhz: 1000, memoryMib: 512 }))]
  const placed = placedAsRecorded({ vms, cpu: null, memory: null, network: null, disk: null }, EVENTS)
  expect(placed.vms.map(({ host }) => host)).toEqual([a, b])
})
