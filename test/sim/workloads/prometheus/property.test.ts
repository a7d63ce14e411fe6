import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseInventory } from '../../../../src/config/inventory.ts'
import { parseSource } from '../../../../src/config/sourceDocument.ts'
import { seededRng } from '../../../../sim/random.ts'
import { recordedFromMetrics } from '../../../../sim/workloads/prometheus/recorder.ts'
import { FROM_MS, HOUR, MINUTE, rendered, type History, type HistoryVm, type PlacedFor } from './history.ts'

const STEP_MS = 5 * MINUTE
const HOSTS = ['h1', 'h2', 'h3', 'h4']
const INVENTORY = parseInventory(parseSource('hosts.yaml', `defaults: { cores: 16, coreMhz: 2000, memoryMib: "64 GiB" }\nhosts: [${HOSTS.map((name) => `{ name: ${name} }`).join(', ')}]`))

/** A random pool: VMs that migrate at random, some arrive late or leave early, loads new in every step. */
function randomHistory(seed: number): { readonly history: History; readonly loads: number[][] } {
  const rng = seededRng(seed)
  const durationMs = (2 + rng.below(3)) * HOUR
  const scrapeMs = [15_000, 30_000, 60_000][rng.below(3)]!
  const loads: number[][] = []
  const vms = Array.from({ length: 1 + rng.below(5) }, (_, index): HistoryVm => {
    const vcpus = 1 + rng.below(8)
    const ratios = Array.from({ length: durationMs / STEP_MS }, () => (rng.below(5) === 0 ? 0.01 : Math.round(rng.next() * 100) / 100 + 0.01))
    loads.push(ratios)
    const cores = (atMs: number): number => vcpus * ratios[Math.max(0, Math.min(ratios.length - 1, Math.floor(atMs / STEP_MS)))]!
    return { name: `vm${index}`, vcpus, memoryMib: 1024, places: randomPlaces(durationMs), cores, usedMib: () => 256 }
  })
  return { history: { durationMs, hosts: HOSTS.map((name) => ({ name, heard: null, bootedMs: () => -24 * HOUR })), vms, scrapeMs, jitterMs: scrapeMs / 5, incomingMs: rng.below(4) * MINUTE, withStates: rng.below(2) === 0 }, loads }

  function randomPlaces(endMs: number): PlacedFor[] {
    const places: PlacedFor[] = []
    const leavesMs = rng.below(4) === 0 ? endMs - (20 + rng.below(40)) * MINUTE : endMs + 9 * HOUR
    let atMs = rng.below(4) === 0 ? (15 + rng.below(30)) * MINUTE : -9 * HOUR
    let host = rng.below(HOSTS.length)
    while (atMs < leavesMs) {
      const untilMs = Math.min(leavesMs, Math.max(atMs, 0) + (12 + rng.below(90)) * MINUTE + rng.below(MINUTE))
      const isLast = untilMs >= Math.min(leavesMs, endMs) - 12 * MINUTE
      places.push({ host: HOSTS[host]!, fromMs: atMs, toMs: isLast ? leavesMs : untilMs })
      if (isLast) break
      host = (host + 1 + rng.below(HOSTS.length - 1)) % HOSTS.length
      atMs = untilMs
    }
    return places
  }
}

describe('an import of a rendered history', () => {
  it('gives back places and times of migrations, arrivals and departures to a scrape, and loads to what a scrape blurs', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), (seed) => {
        const { history, loads } = randomHistory(seed)
        const pool = recordedFromMetrics(rendered(history, seededRng(seed, 'scrapes')), INVENTORY, { fromMs: FROM_MS, toMs: FROM_MS + history.durationMs, stepMs: STEP_MS })
        const slackMs = history.scrapeMs + 2 * history.jitterMs + history.incomingMs
        expect(pool.workload.vms.map(({ vm }) => String(vm.id))).toEqual(history.vms.map(({ name }) => name))
        for (const [index, vm] of history.vms.entries()) {
          expectPlaces(pool, index, vm, history.durationMs, slackMs)
          expectLoads(pool, index, vm, loads[index]!, history)
        }
        expect(pool.recorded.filter(({ kind }) => kind === 'powerOn' || kind === 'powerOff')).toEqual([])
      }),
      { numRuns: 100, seed: 7 },
    )
  })
})

type Pool = ReturnType<typeof recordedFromMetrics>

function expectPlaces(pool: Pool, index: number, vm: HistoryVm, durationMs: number, slackMs: number): void {
  const entry = pool.workload.vms[index]!
  const first = vm.places[0]!
  const last = vm.places.at(-1)!
  const expected = [
    ...(first.fromMs > 0 ? [{ kind: 'arrive', host: first.host, atMs: first.fromMs }] : []),
    ...vm.places.slice(1).map(({ host, fromMs }) => ({ kind: 'migrate', host, atMs: fromMs })),
    ...(last.toMs < durationMs ? [{ kind: 'depart', host: last.host, atMs: last.toMs }] : []),
  ]
  const found = pool.recorded.filter((event) => event.vm === entry.vm.id)
  expect(found.map(({ kind, host }) => [kind, host])).toEqual(expected.map(({ kind, host }) => [kind, host]))
  for (const [position, { atMs }] of expected.entries()) expect(Math.abs(found[position]!.atMs - atMs)).toBeLessThanOrEqual(slackMs)
  expect(entry.host).toBe(first.fromMs > 0 ? null : first.host)
}

/**
 * A sample interval that straddles a step end, or that a migration or restart cuts, blurs at most its own length; the
 * oracle bounds by how long such intervals are and how far the loads of the steps around differ.
 */
function expectLoads(pool: Pool, index: number, vm: HistoryVm, loads: readonly number[], history: History): void {
  const series = pool.workload.cpu!
  const intervalMs = history.scrapeMs + 2 * history.jitterMs
  for (let step = 0; step < loads.length; step++) {
    const startMs = step * STEP_MS
    const isWhole = vm.places.some(({ fromMs, toMs }) => fromMs <= startMs - intervalMs && toMs >= startMs + STEP_MS + intervalMs)
    const isAway = vm.places.every(({ fromMs, toMs }) => fromMs >= startMs + STEP_MS || toMs <= startMs)
    const ratio = series.codes[step * series.names.length + index]! / series.divisor
    if (isAway) expect(ratio).toBeNaN()
    if (!isWhole) continue
    const around = [loads[step - 1] ?? loads[step]!, loads[step + 1] ?? loads[step]!]
    const blur = around.reduce((sum, other) => sum + (Math.abs(other - loads[step]!) * intervalMs) / 4 / STEP_MS, 0)
    expect(Math.abs(ratio - loads[step]!), `${vm.name} step ${step}`).toBeLessThanOrEqual(blur + 0.0002)
    expect(pool.workload.memory!.codes[step * series.names.length + index]! / pool.workload.memory!.divisor).toBeCloseTo(0.25, 3)
  }
}
