import { without, type Entry } from '../imported.ts'
import { memoryMib, outputOf, wholeOf, type VirshOutput } from './output.ts'
import type { VirshDomainFields } from './schema.ts'

type Add = (key: string, message: string) => void

/** A domain with what it holds of its host's memory. */
export interface Domain {
  readonly entry: Entry
  readonly heldMib: number
}

/** Values of `state.state` in `virsh domstats` (virDomainState). */
const STATES: ReadonlyMap<string, string> = new Map([['1', 'running'], ['2', 'idle'], ['3', 'paused'], ['4', 'in shutdown'], ['5', 'shut off'], ['6', 'crashed'], ['7', 'pmsuspended']])
const HOLDING = new Set(['running', 'idle', 'blocked', 'no state', 'in shutdown', 'paused', 'pmsuspended'])

/**
 * A VM from `virsh dominfo` and `domstats`. A paused domain still holds its memory and runs on a click, so that it counts
 * as running; one that is shut off has no place. Two `domstats` and the time between tell its usage. Keys beside them win.
 */
export function domainOf(fields: VirshDomainFields, host: string, intervalMs: number | undefined, coreMhz: number | null, place: string, add: Add): Domain {
  const { name, dominfo, domstats, ...own } = fields
  const info = outputOf(dominfo)
  const stats = (Array.isArray(domstats) ? domstats : domstats === undefined ? [] : [domstats]).map(outputOf)
  const last = stats.at(-1) ?? new Map<string, string>()
  const state = info.get('State') ?? STATES.get(last.get('state.state') ?? '') ?? 'running'
  if (!HOLDING.has(state) && state !== 'shut off' && state !== 'crashed') add('dominfo', `has the state ${JSON.stringify(state)}, expected one that virsh prints: running, paused, shut off, ...`)
  const isDown = state === 'shut off' || state === 'crashed'
  const vcpus = own.vcpus ?? wholeOf(info.get('CPU(s)')) ?? wholeOf(last.get('vcpu.current'))
  const memory = own.memoryMib ?? memoryMib(info.get('Max memory')) ?? memoryMib(last.get('balloon.maximum'))
  if (vcpus === null) add('dominfo', 'has no "CPU(s)": give it, vcpus, or vcpu.current in domstats')
  if (memory === null) add('dominfo', 'has no "Max memory": give it, memoryMib, or balloon.maximum in domstats')
  const usage = isDown ? undefined : usageOf(stats, intervalMs, coreMhz, add)
  return {
    heldMib: isDown ? 0 : (memoryMib(last.get('balloon.rss')) ?? memoryMib(info.get('Used memory')) ?? memory ?? 0),
    entry: { place, fields: { id: name ?? info.get('Name'), ...without(own), vcpus: vcpus ?? 1, memoryMib: memory ?? 1, host, state: isDown ? 'stopped' : undefined, usage } },
  }
}

/** Rates between two readings of counters. */
function usageOf(stats: readonly VirshOutput[], intervalMs: number | undefined, coreMhz: number | null, add: Add): object | undefined {
  const [before, after] = stats
  if (before === undefined || after === undefined) return undefined
  if (intervalMs === undefined) {
    add('domstats', 'are two, but nothing says how long after each other: give intervalMs for all domains')
    return undefined
  }
  const rate = (sumOf: (output: VirshOutput) => number): number => (1000 * (sumOf(after) - sumOf(before))) / intervalMs
  const cpus = rate((output) => Number(output.get('cpu.time') ?? NaN)) / 1e9
  if (Number.isNaN(cpus) || cpus < 0) {
    add('domstats', Number.isNaN(cpus) ? 'have no cpu.time: give what virsh domstats prints' : 'have a cpu.time that falls: the earlier reading comes first, and both are of one run of the domain')
    return undefined
  }
  const unused = memoryMib(after.get('balloon.unused'))
  const available = memoryMib(after.get('balloon.available'))
  return without({
    cpuMhz: coreMhz === null ? undefined : cpus * coreMhz, memoryMib: available !== null && unused !== null ? available - unused : (memoryMib(after.get('balloon.rss')) ?? undefined),
    networkMibPerS: Math.max(0, rate(bytesOf(/^net\.\d+\.(rx|tx)\.bytes$/))) / 2 ** 20, diskMibPerS: Math.max(0, rate(bytesOf(/^block\.\d+\.(rd|wr)\.bytes$/))) / 2 ** 20,
  })
}

const bytesOf = (key: RegExp) => (output: VirshOutput): number => [...output].reduce((sum, [name, value]) => (key.test(name) ? sum + Number(value) : sum), 0)
