import { guardClient } from '../drivers/guard/guardClient.ts'
import { powerOf } from '../drivers/power/powerOf.ts'
import type { LiveHost } from '../model/livePool.ts'
import type { ExitCode } from './exitCode.ts'
import { type LiveOptions, hostsNamed, livePoolFrom } from './livePool.ts'
import type { Terminal } from './terminal.ts'
import { textTable } from './textTable.ts'

const LOOK_MS = 20_000

interface PowerRow {
  readonly host: string
  readonly bmc: string | null
  readonly power: 'on' | 'off' | 'changing' | null
  readonly guard: boolean
  readonly cordoned: boolean | null
  readonly guests: number | null
  /** Why something is not known. */
  readonly failures: readonly string[]
}

/** What management controllers and guards say of hosts. Nothing is switched. Exits 3 when one of them did not answer. */
export async function powerStatusCommand(names: readonly string[], options: LiveOptions, terminal: Terminal): Promise<ExitCode> {
  const { pool } = livePoolFrom(options, terminal)
  const deadlineUnixMs = Date.now() + LOOK_MS
  const rows = await Promise.all(hostsNamed(pool, names).map((host) => rowOf(host, deadlineUnixMs)))
  if (options.json) terminal.out(`${JSON.stringify({ pool: pool.name, hosts: rows })}\n`)
  else terminal.out(tableOf(rows))
  return rows.every(({ failures }) => failures.length === 0) ? 0 : 3
}

async function rowOf({ id, bmc, guard }: LiveHost, deadlineUnixMs: number): Promise<PowerRow> {
  const controller = bmc === null ? null : powerOf(bmc, process.env)
  const [seen, status] = await Promise.all([controller?.ok === true ? controller.value.status(deadlineUnixMs) : null, guard === null ? null : guardClient(guard).status(deadlineUnixMs)])
  const failures = [controller?.ok === false ? controller.refusal.message : null, seen?.failure ?? null, status?.ok === false ? status.refusal.message : null].filter((text) => text !== null)
  return { host: id, bmc: bmc?.kind ?? null, power: seen?.power ?? null, guard: guard !== null, cordoned: status?.ok === true ? status.value.cordoned : null, guests: status?.ok === true ? status.value.guests : null, failures }
}

function tableOf(rows: readonly PowerRow[]): string {
  const cells = rows.map(({ host, bmc, power, guard, cordoned, guests, failures }) => [host, bmc ?? 'none', bmc === null ? '' : (power ?? 'no answer'), guard ? (cordoned === null ? 'no answer' : cordoned ? 'cordoned' : 'open') : 'none', guests === null ? '' : String(guests), failures.join('; ')])
  return `${textTable([['host', 'bmc', 'power', 'guard', 'guests', ''], ...cells], [0, 1, 2, 3, 5])}\n`
}
