import type { ShownHost } from './stage.ts'

const BAR = 24
const NS_PER_S = 1e9

/** Cores that each VM and host used between two looks. */
export interface Usage {
  readonly hosts: ReadonlyMap<string, number>
  readonly vms: ReadonlyMap<string, number>
}

/** From counters of two looks so many seconds apart. One that fell is of a VM that came meanwhile: it says nothing yet. */
export function usageBetween(before: readonly ShownHost[], after: readonly ShownHost[], seconds: number): Usage {
  const [hosts, vms] = [new Map<string, number>(), new Map<string, number>()]
  for (const { host, vms: now } of after) {
    const earlier = before.find((other) => other.host === host)?.vms
    for (const [vm, ns] of now) {
      const was = earlier?.get(vm)
      if (was === undefined || ns < was) continue
      const cores = (ns - was) / NS_PER_S / seconds
      vms.set(vm, cores)
      hosts.set(host, (hosts.get(host) ?? 0) + cores)
    }
  }
  return { hosts, vms }
}

export interface Scenery {
  readonly title: string
  readonly scene: string
  readonly seconds: number
  readonly shown: readonly ShownHost[]
  readonly usage: Usage
  /** Cores of one host. */
  readonly cores: number
  /** What was said lately, oldest first. */
  readonly said: readonly string[]
}

/** A terminal picture of a pool: a line a host with its load and VMs, and what was said last. */
export function picture({ title, scene, seconds, shown, usage, cores, said }: Scenery, columns: number): string {
  const clock = `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`
  const lines = [`${title.padEnd(Math.max(title.length, Math.min(columns, 100) - clock.length - 1))} ${clock}`, '', `  ${scene}`, '']
  for (const { host, isOn, vms } of shown) {
    const used = (usage.hosts.get(host) ?? 0) / cores
    const filled = Math.min(BAR, Math.round(used * BAR))
    const names = [...vms.keys()].sort().map((vm) => `${vm} ${percent(usage.vms.get(vm))}`)
    lines.push(isOn ? `  ${host.padEnd(6)}${'█'.repeat(filled)}${'░'.repeat(BAR - filled)} ${percent(used).padStart(5)}  ${names.join('  ')}` : `  ${host.padEnd(6)}${'off'.padEnd(BAR)}`)
  }
  return [...lines, '', ...said.map((line) => `  ${line}`)].map((line) => line.slice(0, columns)).join('\n')
}

const percent = (ratio: number | undefined): string => (ratio === undefined ? '' : `${Math.round(100 * ratio)} %`)
