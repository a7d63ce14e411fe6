import { parsePlaceOptions, parsePlaceSpecs, type NewVms } from '../config/placeSpec.ts'
import { poolOfSnapshot } from '../config/snapshotPool.ts'
import { answerPlacement } from '../policy/place/answer.ts'
import { placeView, type PlaceView } from '../policy/place/view.ts'
import { repair } from '../optimize/search/repair.ts'
import type { PlacementSettings } from '../model/policy.ts'
import type { ExitCode } from './exitCode.ts'
import { readDocument } from './openFile.ts'
import { SEED_MAX, bad, wholeNumber, type CommonOptions } from './options.ts'
import { placementText } from './placeText.ts'
import { policyFrom } from './policyOption.ts'
import { assumptionsOf, readPool, type PoolFile } from './poolFile.ts'
import type { Terminal } from './terminal.ts'
import { startTiming } from './timing.ts'

export interface PlaceCommandOptions extends CommonOptions {
  readonly vm: readonly string[]
  readonly policy?: string
  readonly set?: readonly string[]
  readonly file?: string
  readonly count?: string
  readonly seed?: string
}

const COPIES_MAX = 10_000
const NODES_MAX = 10_000_000

/** Ranks hosts for a new VM, or places several jointly. Nothing is started. Exit code 1 when one of them finds no place. */
export function placeCommand(given: string, options: PlaceCommandOptions, terminal: Terminal): ExitCode {
  const timing = startTiming()
  const file = readPool(given)
  const wanted = newVmsOf(file, options)
  const { placement } = policyFrom(options.policy ?? 'none', options.set ?? [], file.unixMs)
  const { view, vms } = viewWith(file, wanted, placement)
  const seed = options.seed === undefined ? 1 : wholeNumber('--seed', options.seed, 0, SEED_MAX)
  const beginMs = performance.now()
  const placements = answerPlacement(view, vms, repair, { nodesMax: NODES_MAX, seed, movesMax: null, shouldStop: () => false })
  const placeMs = Math.round(100 * (performance.now() - beginMs)) / 100
  const assumptions = assumptionsOf(file, false)
  if (options.json) terminal.out(`${JSON.stringify({ placements, assumptions, timing: { ...timing(), placeMs } })}\n`)
  else terminal.out(placementText(view, vms, placements, assumptions))
  return placements.every(({ host }) => host !== null) ? 0 : 1
}

function newVmsOf(file: PoolFile, options: PlaceCommandOptions): NewVms {
  const copies = options.count === undefined ? 1 : wholeNumber('--count', options.count, 1, COPIES_MAX)
  const { snapshot, used } = file
  if (options.file !== undefined && options.vm.length > 0) throw bad('--file', 'is given beside --vm: give the VMs in one of them')
  if (options.file !== undefined) return parsePlaceSpecs(readDocument(options.file), copies, snapshot, used.assumedRatio)
  if (options.vm.length === 0) throw bad('--vm', 'is missing: describe a VM, such as --vm vcpus=4,memory=16GiB, or give --file with a list')
  return parsePlaceOptions(options.vm, copies, snapshot, used.assumedRatio)
}

/** The pool with the new VMs waiting in it, and their rules. */
export function viewWith({ snapshot, used }: Pick<PoolFile, 'snapshot' | 'used'>, wanted: NewVms, { scorers, filtersOff }: PlacementSettings): { readonly view: PlaceView; readonly vms: readonly number[] } {
  const before = snapshot.vms.length
  const vms = [...snapshot.vms, ...wanted.vms.map((vm) => ({ vm, state: 'pending' as const, host: null, usage: null }))]
  const pool = poolOfSnapshot({ hosts: snapshot.hosts, vms, rules: [...snapshot.rules, ...wanted.rules] })
  return { view: placeView(pool, Float64Array.from([...used.vmCpuMhz, ...wanted.cpuMhz]), { scorers, filtersOff }), vms: wanted.vms.map((_, position) => before + position) }
}
