import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { seededRng } from '../../../src/model/seededRng.ts'
import { type Answer, SoakBed, later, run } from './bed.ts'

const KINDS = ['start about when the host is cordoned', 'start about when it is switched off', 'cordon taken off and start about when it is switched off', 'start while a drill goes on'] as const
type Kind = (typeof KINDS)[number]

export interface Race {
  readonly kind: Kind
  /** `killed` must never be: the start had succeeded, and the host went off all the same. */
  readonly ended: 'the VM won' | 'power-off won' | 'neither' | 'killed'
  readonly started: boolean
  readonly offsetMs: number
  readonly said: string
}

const [STAYS, RACED] = ['h1', 'h2'] as const
const VM = 'racer'

/** A person starts a VM on a host that is just being switched off, again and again: it must run, or never have started. */
export async function races(count: number, seed: number, say: (text: string) => void): Promise<readonly Race[]> {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-races-'))
  const bed = new SoakBed(folder, 2, 1)
  const rng = seededRng(seed)
  try {
    await bed.up(0)
    await bed.must('define', RACED.slice(1), VM, '64', '5')
    const config = bed.poolFile()
    const told: Race[] = []
    for (let at = 0; at < count; at++) {
      const race = await oneRace(bed, config, at % 5 === 4 ? KINDS[3] : KINDS[rng.below(3)]!, () => rng.next())
      told.push(race)
      say(`${at + 1}. ${race.kind}, ${race.offsetMs} ms: ${race.ended}`)
    }
    return told
  } finally {
    await bed.down()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function oneRace(bed: SoakBed, config: string, kind: Kind, draw: () => number): Promise<Race> {
  const guard = (...args: readonly string[]): Promise<Answer> => bed.command('guard', RACED.slice(1), ...args)
  const starting = async (afterMs: number, uncordons: boolean): Promise<boolean> => {
    await later(afterMs)
    if (uncordons) await guard('uncordon')
    return (await bed.virsh(RACED, 'start', VM)).code === 0
  }
  let switching: Promise<Answer>
  let offsetMs: number
  let started: Promise<boolean>
  if (kind === KINDS[3]) {
    offsetMs = Math.round(draw() * 22_000)
    switching = run(process.execPath, [resolve('dist/plimsoll.js'), 'power', 'drill', RACED, '--config', config, '--yes', '--json'], 300_000)
    started = starting(offsetMs, false)
  } else {
    const isEarly = kind === KINDS[0]
    offsetMs = Math.round((draw() - 0.5) * (isEarly ? 600 : 800))
    const cordonMs = isEarly ? Math.max(0, -offsetMs) : 0
    const waitMs = 2_200
    const switchMs = cordonMs + waitMs + 400
    switching = later(cordonMs).then(() => guard('cordon')).then(() => later(switchMs - cordonMs)).then(() => guard('power-off', '--not-after', String(Math.floor(Date.now() / 1000) + 20), '--id', 'race'))
    started = starting(isEarly ? cordonMs + offsetMs : switchMs + offsetMs, kind === KINDS[2])
  }
  const [hasStarted, { out, err }] = await Promise.all([started, switching])
  const isDrill = kind === KINDS[3]
  return { kind, offsetMs, started: hasStarted, said: `${out}${err}`.trim().slice(0, 300), ended: await endOf(bed, hasStarted, isDrill) }
}

/** What the machine shows some seconds later, and everything as it was. */
async function endOf(bed: SoakBed, hasStarted: boolean, isDrill: boolean): Promise<Race['ended']> {
  await later(isDrill ? 500 : 2_500)
  const isOff = (await bed.must('power', RACED.slice(1), 'status')).trim() === 'off'
  if (isOff) await bed.power(RACED, 'on')
  const runs = ((await bed.running()).get(VM) ?? []).includes(RACED)
  if (runs) await bed.virsh(RACED, 'destroy', VM)
  await bed.command('guard', RACED.slice(1), 'uncordon')
  await bed.answers(STAYS)
  if (hasStarted) return runs ? 'the VM won' : 'killed'
  return isOff || isDrill ? 'power-off won' : 'neither'
}

/** How often each kind of race ended how. */
export function racesTable(told: readonly Race[]): string {
  const counts = new Map<string, number>()
  for (const { kind, ended } of told) counts.set(`${kind}: ${ended}`, (counts.get(`${kind}: ${ended}`) ?? 0) + 1)
  const killed = told.filter(({ ended }) => ended === 'killed').length
  return `${[...counts].sort().map(([text, count]) => `${String(count).padStart(4)}  ${text}`).join('\n')}\n${told.length} races, ${killed === 0 ? 'no VM that had started was switched off' : `${killed} VMs THAT HAD STARTED WERE SWITCHED OFF`}\n`
}
