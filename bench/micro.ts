import Benchmark, { type Cycle } from 'benchmark'
import { type Step } from '../src/model/plan.ts'
import { hostId, stepId, vmId } from '../src/model/ids.ts'
import { findHostModel, hostOf } from '../src/model/hostModels.ts'
import { indexPool } from '../src/model/poolIndex.ts'
import { VM, addHost, addVm, emptyPool } from '../src/model/pool.ts'
import { type TransitionLimits, begin, finish } from '../src/model/transition.ts'
import { EventQueue } from '../sim/eventQueue.ts'
import { seededRng } from '../sim/random.ts'
import { readPlanetlab } from '../sim/workloads/traces/planetlab.ts'

const UNLIMITED: TransitionLimits = { memoryEnforced: true, hostIncomingMax: null, hostOutgoingMax: null, poolMigrationsMax: null, poolBootsMax: null, hostsOnMin: 1 }

/** Rates of single operations on the `benchmark` package: events, transitions, reader. */
export function benchMicro(): Promise<void> {
  const suite = new Benchmark.Suite()
  for (const pending of [1_000, 10_000, 100_000]) suite.add(`event queue: pop and push, ${pending} pending`, queueTurn(pending))
  suite.add('transition: begin and finish of one migration, 1,000 hosts, 10,000 VMs', migrationTurn(1_000, 10))
  suite.add('PlanetLab reader: a day of 1,000 VMs (288,000 samples)', dayReader(1_000))
  return new Promise((resolve) => {
    suite
      .on('cycle', ({ target: { name, hz, stats } }: Cycle) => {
        console.log(`${name}: ${Math.round(hz).toLocaleString('en')} a second (+/- ${stats.rme.toFixed(1)} %)`)
      })
      .on('complete', () => resolve())
      .run({ async: true })
  })
}

function queueTurn(pending: number): () => void {
  const rng = seededRng(7, 'queue')
  const queue = new EventQueue()
  for (let count = 0; count < pending; count++) queue.push(rng.below(1_000_000), 0)
  const event = { atMs: 0, kind: 0, a: 0, b: 0 }
  return () => {
    queue.pop(event)
    queue.push(event.atMs + rng.below(1_000_000), 0)
  }
}

function migrationTurn(hosts: number, vmsPerHost: number): () => void {
  const pool = emptyPool()
  for (let host = 0; host < hosts; host++) addHost(pool, hostOf(findHostModel('rack-2020')!, hostId(`h${host}`)))
  for (let vm = 0; vm < hosts * vmsPerHost; vm++) {
    const slot = addVm(pool, { id: vmId(`v${vm}`), vcpus: 2, cpuMhz: 5200, memoryMib: 4096, dirtyMibPerS: 20, shares: 1000, cpuReservationMhz: 0, cpuLimitMhz: null, movable: true, class: 'standard', onMaintenance: null }, 0)
    const host = vm % hosts
    pool.vmState[slot] = VM.running
    pool.vmHost[slot] = host
    pool.hostVmCount[host]!++
    pool.hostMemoryMib[host]! += 4096
  }
  const index = indexPool(pool)
  let turn = 0
  return () => {
    const vm = turn++ % pool.vms.length
    const source = pool.vmHost[vm]!
    const target = (source + 1) % hosts
    const step: Step = { id: stepId('s'), kind: 'migrate', vm: pool.vms[vm]!.id, source: pool.hosts[source]!.id, target: pool.hosts[target]!.id, after: [], estimateMs: 0, reason: { code: 'bench', text: '', numbers: {} } }
    const begun = begin(pool, index, step, UNLIMITED)
    if (begun.ok) finish(pool, begun.value)
  }
}

function dayReader(vms: number): () => void {
  const rng = seededRng(7, 'reader')
  const names = Array.from({ length: vms }, (_, vm) => `vm${String(vm).padStart(5, '0')}`)
  const rows = Array.from({ length: 288 }, () => names.map(() => rng.below(101)).join(','))
  const bytes = new TextEncoder().encode(`${names.join(',')}\n${rows.join('\n')}\n`)
  return () => void readPlanetlab({ path: 'made up', kind: 'file', names: [], open: () => [bytes] })
}
