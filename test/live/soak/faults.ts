import { type SoakBed, later } from './bed.ts'

/** One migration of a round, and what may strike it. */
export interface Aim {
  readonly bed: SoakBed
  readonly vm: string
  readonly source: string
  readonly target: string
  readonly draw: () => number
}

/** Something that goes wrong on real hosts, and is mended again. */
export interface Fault {
  readonly name: string
  /** How often it is drawn, against the others. */
  readonly weight: number
  /** Done before the controller begins. */
  prepare?(aim: Aim): Promise<void>
  /** Done while the VM is on its way. */
  strike?(aim: Aim): Promise<void>
  mend?(aim: Aim): Promise<void>
  /** Hosts whose VMs die with it, by nobody's doing but its own. */
  kills?(aim: Aim): string
  /** Ends the controller itself, at a moment of its own. */
  readonly killsController?: boolean
  /** What a migration that did not end well may be called: what became of it and its class, after both hosts were read. */
  readonly ends: readonly string[]
}

/** A lost peer: the same target later where it answers again by the time both are read, another one where it does not. */
const LOST_PEER = ['notDone sameLater', 'notDone otherHost']
/** Cut off in the last moment, libvirt on the source may resume a VM that the target has started: only a person may say which one stays. */
const SPLIT = 'doubled operator'
/** A VM that died with its host is somebody else's to start: only a person may say that it does not run somewhere after all. */
const DIED = 'gone operator'

/** Enough for libvirtd as it runs, not for one more QEMU, whose buffer of translated code alone takes 1 GiB of addresses. */
const TOO_LITTLE_BYTES = 1_250_000_000

const OTHER_UUID = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee'

export const FAULTS: readonly Fault[] = [
  { name: 'none', weight: 6, ends: [] },
  { name: 'controller killed', weight: 12, ends: ['notDone sameLater'], killsController: true },
  { name: 'abort by hand', weight: 2, ends: ['notDone sameLater'], strike: async ({ bed, source, vm }) => { await bed.virsh(source, 'domjobabort', vm) } },
  { name: 'target daemon killed', weight: 2, ends: LOST_PEER, strike: ({ bed, target }) => bed.daemon(target, 'kill'), mend: ({ bed, target }) => bed.daemon(target, 'start') },
  { name: 'source daemon killed', weight: 2, ends: ['notDone sameLater'], strike: ({ bed, source }) => bed.daemon(source, 'kill'), mend: ({ bed, source }) => bed.daemon(source, 'start') },
  { name: 'target power cut', weight: 2, ends: [...LOST_PEER, DIED], strike: ({ bed, target }) => bed.power(target, 'off'), mend: ({ bed, target }) => bed.power(target, 'on'), kills: ({ target }) => target },
  { name: 'source power cut', weight: 2, ends: [...LOST_PEER, DIED], strike: ({ bed, source }) => bed.power(source, 'off'), mend: ({ bed, source }) => bed.power(source, 'on'), kills: ({ source }) => source },
  { name: 'target link down', weight: 2, ends: [...LOST_PEER, SPLIT], strike: ({ bed, target }) => bed.link(target, 'down'), mend: (aim) => linkUp(aim, aim.target) },
  { name: 'source link down', weight: 1, ends: [...LOST_PEER, SPLIT], strike: ({ bed, source }) => bed.link(source, 'down'), mend: (aim) => linkUp(aim, aim.source) },
  { name: 'name taken on the target', weight: 1, ends: ['notDone otherHost'], prepare: nameTakenAtOnce, mend: undefineOther },
  { name: 'target short of memory', weight: 1, ends: ['notDone otherHost'], prepare: ({ bed, target }) => bed.memoryLimit(target, TOO_LITTLE_BYTES), mend: ({ bed, target }) => bed.memoryLimit(target, null) },
]

/** Long enough at times that the connection gives up. */
async function linkUp({ bed, draw }: Aim, host: string): Promise<void> {
  await later(2_000 + draw() * 40_000)
  await bed.link(host, 'up')
}

/** Run by libvirt on the target when the copy is announced, after every look of ours and before the name is reserved. What it prints would be taken for the VM's definition. */
const DEFINES_OTHER = '/etc/libvirt/hooks/qemu.d/zz-other'

/** Somebody defines another VM of that name on the target, just when the migration begins there. */
async function nameTakenAtOnce({ bed, source, target, vm }: Aim): Promise<void> {
  const { out } = await bed.virsh(source, 'dumpxml', '--inactive', vm)
  const xml = out.replace(/<uuid>[^<]*<\/uuid>/, `<uuid>${OTHER_UUID}</uuid>`)
  await bed.must('exec', target.slice(1), 'sh', '-c', `cat > /etc/libvirt/other.xml <<'X'
${xml}
X
cat > ${DEFINES_OTHER} <<'X'
#!/bin/sh
cat > /dev/null
[ "$1 $2" = "${vm} migrate" ] || exit 0
exec timeout 20 virsh -q -c qemu:///system define /etc/libvirt/other.xml > /dev/null
X
chmod 755 ${DEFINES_OTHER}`)
}

async function undefineOther({ bed, target, vm }: Aim): Promise<void> {
  await bed.must('exec', target.slice(1), 'rm', '-f', DEFINES_OTHER)
  const { out } = await bed.virsh(target, 'domuuid', vm)
  if (out.trim() === OTHER_UUID) await bed.virsh(target, 'undefine', vm)
}
