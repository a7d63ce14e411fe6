import type { Library } from '../../src/drivers/libvirt/child/library.ts'

/** What a bulk call over 50 guests of QEMU took on the test bed's machine, ms (two guests: 9 ms). */
const BULK_MS = 25
const SIZE = 96
const ULONG = 4
const STAT_BYTES = 88

/** Names that QEMU's driver (libvirt 9.0) gives for a guest of four vCPUs, two interfaces and two disks. */
function namesOf(): readonly string[] {
  const each = (count: number, group: string, fields: readonly string[]): string[] => Array.from({ length: count }, (_, at) => fields.map((field) => `${group}.${at}.${field}`)).flat()
  const disk = ['rd.reqs', 'rd.bytes', 'rd.times', 'wr.reqs', 'wr.bytes', 'wr.times', 'fl.reqs', 'fl.times', 'allocation', 'capacity', 'physical']
  const network = ['rx.bytes', 'rx.pkts', 'rx.errs', 'rx.drop', 'tx.bytes', 'tx.pkts', 'tx.errs', 'tx.drop']
  return [
    'state.state', 'state.reason', 'cpu.time', 'cpu.user', 'cpu.system', 'balloon.current', 'balloon.maximum', 'balloon.unused', 'balloon.available', 'balloon.usable', 'balloon.rss', 'vcpu.current', 'vcpu.maximum',
    ...each(4, 'vcpu', ['state', 'time', 'wait', 'delay', 'halted']), 'net.count', ...each(2, 'net', network), 'block.count', ...each(2, 'block', disk),
  ]
}

function parameters(names: readonly string[]): Buffer {
  const bytes = Buffer.alloc(names.length * SIZE)
  names.forEach((name, at) => {
    bytes.write(name, at * SIZE, 'latin1')
    bytes.writeInt32LE(ULONG, at * SIZE + 80)
    bytes.writeBigUInt64LE(BigInt(at * 1_000_003), at * SIZE + 88)
  })
  return bytes
}

function statistics(names: readonly string[]): Buffer {
  const bytes = Buffer.alloc(names.length * STAT_BYTES)
  names.forEach((name, at) => {
    bytes.write(name, at * STAT_BYTES, 'latin1')
    bytes.writeBigUInt64LE(1_000_000n, at * STAT_BYTES + 80)
  })
  return bytes
}

/** The C library as far as one reading of counters asks it: each connection shows so many guests. */
export function standInLibrary(vms: number): Library {
  const guest = parameters(namesOf())
  const node = { virNodeGetCPUStats: statistics(['kernel', 'user', 'idle', 'iowait']), virNodeGetMemoryStats: statistics(['total', 'free', 'buffers', 'cached']) }
  const call = async (name: string, ...args: readonly unknown[]): Promise<unknown> => {
    await new Promise((resolve) => setTimeout(resolve, name === 'virConnectGetAllDomainStats' ? BULK_MS : 1))
    if (name === 'virConnectGetAllDomainStats') {
      ;(args[2] as bigint[])[0] = 1n
      return vms
    }
    if (name in node) {
      const stats = node[name as keyof typeof node]
      if (args[2] !== null) stats.copy(args[2] as Buffer)
      else (args[3] as number[])[0] = stats.length / STAT_BYTES
    }
    return 0
  }
  const local = (name: string, ...args: readonly unknown[]): unknown => {
    if (name === 'virDomainGetName') return `guest-${String(args[0])}`
    if (name === 'virDomainGetUUIDString') return (args[1] as Buffer).write('00000000-0000-4000-8000-000000000000', 'latin1')
    return name === 'virDomainGetID' ? Number(args[0]) : 0
  }
  return {
    call: call as Library['call'], local: local as Library['local'], pointers: (_at, count) => Array.from({ length: count }, (_, index) => BigInt(index + 1)),
    record: (domain) => ({ domain, params: 1n, count: guest.length / SIZE }), bytes: (_at, length) => Buffer.from(guest.subarray(0, length)),
    text: () => '', takeText: () => '', free: () => undefined, errorAt: () => null, takeErrors: () => [], watchLifecycle: () => Promise.resolve(true),
  }
}
