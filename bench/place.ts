import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findHostModel, hostOf } from '../src/model/hostModels.ts'
import { hostId, vmId } from '../src/model/ids.ts'
import { NOWHERE, VM, addHost, addVm, emptyPool, type Pool, type Vm } from '../src/model/pool.ts'
import { repair } from '../src/optimize/search/repair.ts'
import { answerPlacement } from '../src/policy/place/answer.ts'
import { placeView, type PlaceView } from '../src/policy/place/view.ts'
import { seededRng } from '../sim/random.ts'
import { provenance } from './machine.ts'

const SEED = 7
const REPEATS = 200
const ONE_MAX_MS = 5
const TWENTY_MAX_MS = 100

/** Time of one placement on a pool that is loaded: the median of many, each of another VM; and the same question to Ganeti's hail where it is installed. */
export function benchPlace(): Promise<void> {
  console.log(provenance())
  console.log(`seed ${SEED}; ms of wall time for one question on a loaded pool, median of ${REPEATS}; lower is better`)
  for (const [hosts, perHost] of [[100, 10], [1000, 10]] as const) {
    report(`one VM, ${hosts} hosts, ${hosts * perHost} VMs`, medianMs(hosts, perHost, 1), ONE_MAX_MS)
    report(`20 VMs jointly, ${hosts} hosts, ${hosts * perHost} VMs`, medianMs(hosts, perHost, 20), TWENTY_MAX_MS)
  }
  hail(1000, 10)
  return Promise.resolve()
}

const report = (what: string, ms: number, maxMs: number): void => console.log(`${what}: ${ms.toFixed(2)} ms (${ms <= maxMs ? 'within' : 'ABOVE'} ${maxMs} ms)`)

function medianMs(hosts: number, perHost: number, count: number): number {
  const { view, vms } = question(hosts, perHost, count * REPEATS)
  const times: number[] = []
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const asked = vms.slice(repeat * count, (repeat + 1) * count)
    const before = performance.now()
    const placed = answerPlacement(view, asked, repair, { nodesMax: 10_000_000, seed: SEED, movesMax: null, shouldStop: () => false })
    times.push(performance.now() - before)
    if (placed.some(({ host }) => host === null)) throw new Error('a VM found no place in a pool with room')
  }
  return times.sort((a, b) => a - b)[REPEATS / 2]!
}

/** A pool at about half its memory, and VMs that wait. */
function question(hosts: number, perHost: number, waiting: number): { readonly view: PlaceView; readonly vms: readonly number[] } {
  const rng = seededRng(SEED, 'place')
  const pool = emptyPool()
  for (let host = 0; host < hosts; host++) addHost(pool, hostOf(findHostModel('rack-2020')!, hostId(`h${host}`)))
  for (let vm = 0; vm < hosts * perHost; vm++) settle(pool, addVm(pool, vmOf(`v${vm}`, 4096 * (1 + rng.below(5))), 0), vm % hosts)
  const vms = Array.from({ length: waiting }, (_, number) => addVm(pool, vmOf(`n${number}`, 4096 * (1 + rng.below(5))), 0))
  return { view: placeView(pool, Float64Array.from(pool.vms, ({ cpuMhz }) => cpuMhz * rng.next() * 0.5)), vms }
}

const vmOf = (id: string, memoryMib: number): Vm => ({
  id: vmId(id), vcpus: 4, cpuMhz: 10_400, memoryMib, dirtyMibPerS: 20, shares: 4096, cpuReservationMhz: 0, cpuLimitMhz: null, movable: true, class: 'standard', onMaintenance: null,
})

function settle(pool: Pool, vm: number, host: number): void {
  pool.vmState[vm] = VM.running
  pool.vmHost[vm] = host
  pool.hostVmCount[host]!++
  pool.hostMemoryMib[host]! += pool.vms[vm]!.memoryMib
}

/** Ganeti's allocator on a cluster of the same size: a whole process, since it has no other form. */
function hail(hosts: number, perHost: number): void {
  const program = existsSync('/usr/lib/ganeti') ? readdirSync('/usr/lib/ganeti', { withFileTypes: true, recursive: true }).find(({ name }) => name === 'hail') : undefined
  if (program === undefined) return
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-bench-'))
  try {
    writeFileSync(join(folder, 'c.data'), clusterText(hosts, perHost))
    writeFileSync(join(folder, 'request.json'), REQUEST)
    const { status, stderr } = spawnSync('bash', ['-c', 'TIMEFORMAT="%U %S"; time "$@" >/dev/null', 'bash', join(program.parentPath, 'hail'), '--no-capacity-checks', '-t', join(folder, 'c.data'), join(folder, 'request.json')], { encoding: 'utf8' })
    const cpuS = stderr.trim().split('\n').at(-1)!.split(' ').reduce((sum, word) => sum + Number(word), 0)
    console.log(`hail --no-capacity-checks, one VM, ${hosts} hosts, ${hosts * perHost} VMs: ${status === 0 ? `${(1000 * cpuS).toFixed(0)} ms of CPU, reading included` : `failed: ${stderr.slice(0, 200)}`}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The pool of the question in Ganeti's text format. */
function clusterText(hosts: number, perHost: number): string {
  const { view } = question(hosts, perHost, 0)
  const { pool } = view
  const nodes = pool.hosts.map(({ id, capacity, reserve, cores }, host) => `${id}|${capacity.memoryMib}|${reserve.memoryMib}|${capacity.memoryMib - reserve.memoryMib - pool.hostMemoryMib[host]!}|8388608|8388608|${cores}|${host === 0 ? 'M' : 'N'}|uuid|1||N|0|1|1.0`)
  const instances = pool.vms.flatMap(({ id, memoryMib, vcpus }, vm) => (pool.vmHost[vm] === NOWHERE ? [] : [`${id}|${memoryMib}|20480|${vcpus}|running|Y|${pool.hosts[pool.vmHost[vm]!]!.id}||ext||1|-`]))
  const policy = '4096,2,20480,1,1,1|128,1,1024,1,1,1;524288,128,8388608,16,8,12|ext|4.0|32.0'
  return [['default|uuid|preferred||'], nodes, instances, [], [`|${policy}`, `default|${policy}`]].flatMap((rows, index) => (index === 0 ? rows : ['', ...rows])).join('\n') + '\n'
}

const REQUEST = JSON.stringify({
  cluster_tags: [], instances: {}, nodegroups: {}, nodes: {}, enabled_hypervisors: ['xen-pvm'],
  request: {
    type: 'allocate', name: 'new0000', memory: 16_384, vcpus: 4, disks: [{ size: 20_480 }], disk_space_total: 0, disk_template: 'ext', hypervisor: 'xen-pvm', nics: [], os: 'x', required_nodes: 1, spindle_use: 1, tags: [],
  },
})
