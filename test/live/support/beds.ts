import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { guardClient } from '../../../src/drivers/guard/guardClient.ts'
import type { LibvirtAddress } from '../../../src/drivers/libvirt/address.ts'
import type { ManagedHost } from '../../../src/drivers/libvirt/reach.ts'
import { hostId } from '../../../src/model/ids.ts'

const KVM = 'test/live/beds/kvm-testbed'
const XEN = 'test/live/beds/xen-testbed'

/** Programs a bed needs, and Debian's packages that hold them. */
const NEEDS = {
  kvm: [['libvirtd', 'libvirt-daemon'], ['virsh', 'libvirt-clients'], ['qemu-system-x86_64', 'qemu-system-x86'], ['ip', 'iproute2'], ['ipmi_sim', 'openipmi'], ['ipmitool', 'ipmitool']],
  xen: [['virsh', 'libvirt-clients'], ['qemu-system-x86_64', 'qemu-system-x86'], ['qemu-img', 'qemu-utils'], ['mmdebstrap', 'mmdebstrap'], ['mke2fs', 'e2fsprogs'], ['depmod', 'kmod'], ['cpio', 'cpio'], ['vde_switch', 'vde2'], ['python3', 'python3']],
} as const

const isThere = (program: string): boolean => ['/usr/sbin', '/usr/bin', '/sbin', '/bin'].some((folder) => existsSync(`${folder}/${program}`))

/** Why a bed can't be brought up here, or null. */
export function whyNoBed(kind: keyof typeof NEEDS): string | null {
  if (process.getuid?.() !== 0) return 'needs root: namespaces and bridges are made'
  const missing = NEEDS[kind].filter(([program]) => !isThere(program)).map(([, name]) => name)
  if (missing.length > 0) return `missing packages: ${[...new Set(missing)].join(', ')} (scripts/live-setup.sh installs them)`
  return existsSync('dist/libvirt.js') ? null : 'dist/libvirt.js is missing: npm run build'
}

export interface BedAnswer {
  readonly code: number
  readonly out: string
}

/** Runs a bed's command; what it leaves running must not hold our ends of its streams. */
function bed(script: string, args: readonly string[], environment: NodeJS.ProcessEnv, timeoutMs: number): Promise<BedAnswer> {
  return new Promise((resolve) => {
    execFile(script, [...args], { env: { ...process.env, ...environment }, timeout: timeoutMs, maxBuffer: 2 ** 22 }, (error, out, said) => resolve({ code: error === null ? 0 : 1, out: `${out}${said}` }))
  })
}

const KVM_PLACE = { KVMTB_DIRTY_MIB: '96' }
export const kvmBed = (...args: readonly string[]): Promise<BedAnswer> => bed(KVM, args, KVM_PLACE, 120_000)
export const xenBed = (...args: readonly string[]): Promise<BedAnswer> => bed(XEN, args, { XEN_TESTBED_WAIT: '400' }, 500_000)

export async function bedDone(answer: Promise<BedAnswer>): Promise<string> {
  const { code, out } = await answer
  if (code !== 0) throw new Error(`the bed failed: ${out.slice(-2000)}`)
  return out
}

/** Down in any case, also when the process of the tests is ended. */
export function downAtExit(script: 'kvm' | 'xen'): void {
  process.once('exit', () => spawnSync(script === 'kvm' ? KVM : XEN, ['down'], { stdio: 'ignore', timeout: 30_000 }))
}

const kvmAddress = (host: number): LibvirtAddress => ({ driver: 'qemu', transport: 'tcp', host: `10.213.77.${10 + host}`, port: null, insecure: true })

export function kvmHosts(count: number): ManagedHost[] {
  return Array.from({ length: count }, (_, index) => ({
    id: hostId(`h${index + 1}`), address: kvmAddress(index + 1), peer: kvmAddress(index + 1), power: null,
    guard: guardClient({ kind: 'command', run: [`${process.cwd()}/${KVM}`, 'guard', String(index + 1)] }),
  }))
}

export function xenHosts(count: number): ManagedHost[] {
  return Array.from({ length: count }, (_, index) => ({
    id: hostId(`xen${index + 1}`), address: { driver: 'xen', transport: 'tcp', host: '127.0.0.1', port: 16_601 + index, insecure: true }, peer: { driver: 'xen', transport: 'tcp', host: `xen${index + 1}`, port: null, insecure: true }, power: null, guard: null,
  }))
}

/** Waits for a condition with a generous limit; what it waited for is told when it does not come. */
export async function until<T>(what: string, look: () => Promise<T | null>, limitMs = 90_000): Promise<T> {
  const endMs = Date.now() + limitMs
  for (;;) {
    const found = await look()
    if (found !== null) return found
    if (Date.now() > endMs) throw new Error(`waited ${limitMs} ms in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 150))
  }
}
