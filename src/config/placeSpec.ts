import * as z from 'zod'
import { hostId, vmId } from '../model/ids.ts'
import type { Vm, VmNeeds } from '../model/pool.ts'
import type { Rule } from '../model/rules.ts'
import type { Snapshot } from '../model/snapshot.ts'
import { choice, count, flag, frequency, memory, name, strict } from './fields.ts'
import { unknownWord } from './nearest.ts'
import { fileOrigin } from './origin.ts'
import { fit, problemsOf, refuseIssues, type Origin, type Problems } from './problems.ts'
import type { FieldPath, SourceDocument } from './sourceDocument.ts'
import { vmOf } from './vmSchema.ts'

const names = (about: string) => z.array(name(about)).min(1).max(10_000).optional().meta({ description: about })

/** A VM that is to be placed. */
const specFields = strict(
  {
    name: name('Name of the VM; new-1, new-2, ... without it.').optional(),
    count: count('So many such VMs; 1 without it. They are numbered then.', 1, 10_000).optional(),
    vcpus: count('Virtual CPUs.', 1, 1024),
    memoryMib: memory('Memory.', 1, 2 ** 26),
    cpuMhz: frequency('CPU that it is expected to use; what the pool’s VMs use on average, as a ratio of their size, without it.').optional(),
    cpuReservationMhz: frequency('CPU that it always gets.').optional(),
    diskMib: memory('Room that its disks take on the host’s own storage.').optional(),
    class: name('Service class.').optional(),
    movable: flag('Whether automation may migrate it later.').optional(),
    apart: names('VMs on none of whose hosts it may be.'),
    together: names('VMs on whose host it must be.'),
    runOn: names('Hosts that it may be on.'),
    keepOff: names('Hosts that it may not be on.'),
    spread: choice(['no', 'yes'], 'Whether copies of one entry are kept on hosts of their own.').optional(),
  },
  'A VM to place.',
)
export const placeSpecSchema = z.array(specFields).min(1).max(10_000)
type SpecFields = z.output<typeof specFields>

/** New VMs with what they are expected to use, and the rules that come with them. */
export interface NewVms {
  readonly vms: readonly Vm[]
  readonly cpuMhz: readonly number[]
  readonly rules: readonly Rule[]
}

/** Reads a file with a list of VMs to place. */
export const parsePlaceSpecs = (document: SourceDocument, copies: number, snapshot: Snapshot, assumedRatio: number): NewVms => newVms(document.value, fileOrigin(document), copies, snapshot, assumedRatio)

/** One VM whose size and needs its definition tells; `fields` are those of a list's entry. */
export function placeOneSpec(fields: object, needs: VmNeeds, document: SourceDocument, snapshot: Snapshot, assumedRatio: number): NewVms {
  const wanted = newVms([fields], { placeOf: () => document.file }, 1, snapshot, assumedRatio)
  return { ...wanted, vms: wanted.vms.map((vm) => (Object.keys(needs).length === 0 ? vm : { ...vm, needs: { ...vm.needs, ...needs } })) }
}

/** Short names of keys on the command line. */
const ALIASES: Readonly<Record<string, string>> = { memory: 'memoryMib', cpu: 'cpuMhz', reservation: 'cpuReservationMhz', disk: 'diskMib' }
const LISTS = new Set(['apart', 'together', 'runOn', 'keepOff'])

/** Reads `vcpus=4,memory=16GiB,apart=web-1+web-2`, one text a VM. Faults name the option. */
export function parsePlaceOptions(given: readonly string[], copies: number, snapshot: Snapshot, assumedRatio: number): NewVms {
  const issues: { path: string; message: string }[] = []
  const value = given.map((text) => {
    const pairs = text.split(',').map((pair) => pair.trim()).filter((pair) => pair !== '')
    return Object.fromEntries(pairs.flatMap((pair) => {
      const [key, written] = [pair.slice(0, Math.max(0, pair.indexOf('='))).trim(), pair.slice(pair.indexOf('=') + 1).trim()]
      if (key === '' || written === '') issues.push({ path: '--vm', message: `${JSON.stringify(pair)} is not key=value, such as vcpus=4,memory=16GiB` })
      return key === '' ? [] : [[Object.hasOwn(ALIASES, key) ? ALIASES[key]! : key, valueOf(key, written)]]
    }))
  })
  refuseIssues(issues)
  return newVms(value, { placeOf: (path) => `--vm${given.length > 1 && typeof path[0] === 'number' ? ` ${path[0] + 1}` : ''}` }, copies, snapshot, assumedRatio)
}

function valueOf(key: string, written: string): unknown {
  if (LISTS.has(key)) return written.split('+')
  if (key === 'movable') return written === 'true' ? true : written === 'false' ? false : written
  return key !== 'name' && key !== 'class' && /^\d+(\.\d+)?$/.test(written) ? Number(written) : written
}

function newVms(value: unknown, origin: Origin, copies: number, snapshot: Snapshot, assumedRatio: number): NewVms {
  const problems = problemsOf(origin)
  const fitted = fit(placeSpecSchema, value, [], problems)
  if (fitted !== null && problems.issues.length === 0) unknownNames(fitted.value, snapshot, fitted.problems)
  refuseIssues(problems.issues)
  const specs = fitted!.value
  const made = copiesOf(specs, copies, new Set(snapshot.vms.map(({ vm }) => vm.id)), problems)
  refuseIssues(problems.issues)
  const coreMhz = snapshot.hosts[0] === undefined ? 1000 : snapshot.hosts[0].host.coreMhz * snapshot.hosts[0].host.performanceFactor
  const vms = made.map(({ id, spec }) => ({ ...vmOf(id, { vcpus: spec.vcpus, memoryMib: spec.memoryMib, class: spec.class, movable: spec.movable }, coreMhz), cpuReservationMhz: spec.cpuReservationMhz ?? 0, ...(spec.diskMib === undefined ? {} : { needs: { diskMib: spec.diskMib } }) }))
  return { vms, cpuMhz: made.map(({ spec }, position) => spec.cpuMhz ?? assumedRatio * vms[position]!.cpuMhz), rules: made.flatMap(({ id, spec }) => rulesOf(id, spec)).concat(spreadRules(made)) }
}

function unknownNames(specs: readonly SpecFields[], snapshot: Snapshot, problems: Problems): void {
  const vms = new Set<string>([...snapshot.vms.map(({ vm }) => vm.id), ...specs.flatMap(({ name: own }) => own ?? [])])
  const hosts = new Set<string>(snapshot.hosts.map(({ host }) => host.id))
  const look = (path: FieldPath, what: string, words: readonly string[] | undefined, known: ReadonlySet<string>): void => words?.forEach((word, at) => {
    if (!known.has(word)) problems.add([...path, at], unknownWord(what, word, [...known]))
  })
  specs.forEach((spec, index) => {
    look([index, 'apart'], 'VM', spec.apart, vms)
    look([index, 'together'], 'VM', spec.together, vms)
    look([index, 'runOn'], 'host', spec.runOn, hosts)
    look([index, 'keepOff'], 'host', spec.keepOff, hosts)
  })
}

interface Copy {
  readonly id: string
  readonly spec: SpecFields
  readonly entry: number
}

/** Every VM that is asked for, with a name that no other has. */
function copiesOf(specs: readonly SpecFields[], copies: number, taken: Set<string>, problems: Problems): Copy[] {
  let number = 1
  return specs.flatMap((spec, entry) => {
    const total = (spec.count ?? 1) * copies
    return Array.from({ length: total }, (_, copy): Copy => {
      let id = spec.name === undefined ? `new-${number++}` : total === 1 ? spec.name : `${spec.name}-${copy + 1}`
      while (spec.name === undefined && taken.has(id)) id = `new-${number++}`
      if (taken.has(id)) problems.add([entry, 'name'], `gives ${id}, as another VM is called: pick another name`)
      taken.add(id)
      return { id, spec, entry }
    })
  })
}

function rulesOf(id: string, spec: SpecFields): Rule[] {
  const own = vmId(id)
  return [
    ...(spec.apart ?? []).map((other): Rule => ({ id: `${id}-apart-${other}`, kind: 'apart', vms: [own, vmId(other)] })), ...(spec.together ?? []).map((other): Rule => ({ id: `${id}-together-${other}`, kind: 'together', vms: [own, vmId(other)] })),
    ...(spec.runOn === undefined ? [] : [{ id: `${id}-runOn`, kind: 'runOn' as const, vms: [own], hosts: spec.runOn.map(hostId) }]), ...(spec.keepOff === undefined ? [] : [{ id: `${id}-keepOff`, kind: 'keepOff' as const, vms: [own], hosts: spec.keepOff.map(hostId) }]),
  ]
}

function spreadRules(made: readonly Copy[]): Rule[] {
  const entries = new Map<number, Copy[]>()
  for (const copy of made) if (copy.spec.spread === 'yes') entries.set(copy.entry, [...(entries.get(copy.entry) ?? []), copy])
  return [...entries.values()].filter((copies) => copies.length > 1).map((copies): Rule => ({ id: `spread-${copies[0]!.id}`, kind: 'apart', vms: copies.map(({ id }) => vmId(id)) }))
}
