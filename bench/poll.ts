import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Answer, HostCounters } from '../src/drivers/libvirt/messages.ts'
import { LibvirtProcess } from '../src/drivers/libvirt/process.ts'
import type { LibvirtAddress } from '../src/drivers/libvirt/address.ts'
import { counters } from '../src/drivers/libvirt/child/counters.ts'
import { provenance } from './machine.ts'
import { standInLibrary } from './poll/standIn.ts'

const CONNECTIONS = 20
const VMS_A_HOST = 50
const POLLS = 20
const POLL_MAX_MS = 1000
const BLOCKED_MAX_MS = 50
const WAIT = { timeoutMs: 20_000 }

/**
 * Counters of 1,000 VMs, read over 20 connections at once: through the whole way to libvirt's test driver, whose domains tell
 * little of themselves, and over a stand-in of the C library that answers as QEMU's driver does.
 */
export async function benchPoll(): Promise<void> {
  console.log(provenance())
  console.log(`${CONNECTIONS * VMS_A_HOST} VMs over ${CONNECTIONS} connections, ${POLLS} polls; longest poll of all hosts, and longest time for which the event loop stood still`)
  await testDriver()
  const library = standInLibrary(VMS_A_HOST)
  await measure('stand-in of the C library, in the process that holds it', () => Promise.all(Array.from({ length: CONNECTIONS }, (_, host) => counters({ library, connection: BigInt(host + 1), uri: `stand-in ${host}` }))))
}

async function measure(what: string, poll: () => Promise<readonly HostCounters[]>): Promise<void> {
  // The first opens connections and warms the code up.
  await poll()
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const times: number[] = []
  let vms = 0
  delay.enable()
  for (let at = 0; at < POLLS; at++) {
    const began = performance.now()
    vms = (await poll()).reduce((sum, { domains }) => sum + domains.length, 0)
    times.push(performance.now() - began)
  }
  delay.disable()
  const longest = Math.max(...times)
  const blockedMs = delay.max / 1e6
  const isWithin = longest <= POLL_MAX_MS && blockedMs <= BLOCKED_MAX_MS && vms >= CONNECTIONS * VMS_A_HOST
  console.log(`${what}: ${vms} VMs, median ${times.sort((a, b) => a - b)[POLLS / 2]!.toFixed(0)} ms, longest ${longest.toFixed(0)} ms, loop stood still ${blockedMs.toFixed(1)} ms (${isWithin ? 'within' : 'NOT WITHIN'} ${POLL_MAX_MS} and ${BLOCKED_MAX_MS} ms)`)
  if (!isWithin) process.exitCode = 1
}

/** Twenty connections to the pool that libvirt's test driver keeps within a process: each shows all its domains. */
async function testDriver(): Promise<void> {
  const held = new LibvirtProcess({ tlsFolder: null, ssh: null })
  const address: LibvirtAddress = { driver: 'test', transport: 'local', host: null, port: null, insecure: false }
  try {
    for (let vm = 0; vm < VMS_A_HOST; vm++) {
      const { uuid } = told(await held.call(address, 'define', { xml: `<domain type='test'><name>v${vm}</name><memory unit='MiB'>16</memory><vcpu>1</vcpu><os><type>hvm</type></os></domain>`, notAfterUnixMs: Date.now() + 20_000 }, WAIT))
      told(await held.call(address, 'start', { uuid, notAfterUnixMs: Date.now() + 20_000 }, WAIT))
    }
    await measure('libvirt’s test driver, seen from the control loop', async () => (await Promise.all(Array.from({ length: CONNECTIONS }, () => held.call(address, 'counters', null, WAIT)))).map(told))
  } finally {
    held.close()
  }
}

function told<T>(answer: Answer<T>): T {
  if (!answer.ok) throw new Error(answer.failure.text)
  return answer.value
}
