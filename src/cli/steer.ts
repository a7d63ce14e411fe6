import type { ControlMessage } from '../config/controlMessage.ts'
import { clearanceOf, clearedText } from '../drivers/live/clearance.ts'
import { socketOf, tellControl } from '../drivers/live/controlSocket.ts'
import { OutsideFailure } from '../drivers/prometheus/outsideFailure.ts'
import type { LivePool } from '../model/livePool.ts'
import type { ExitCode } from './exitCode.ts'
import { holdPool } from './holdPool.ts'
import { type LiveOptions, livePoolFrom, policyOfPool } from './livePool.ts'
import type { Terminal } from './terminal.ts'

/** What a loop answers: whether it took the message, and a sentence. */
interface Told {
  readonly ok: boolean
  readonly message: string
}

/** Tells the loop that runs for the pool something, and says what it answered. Exits 1 when it refuses, 3 when none runs; trouble is cleared without one too. */
export async function tell(message: ControlMessage, options: LiveOptions, terminal: Terminal): Promise<ExitCode> {
  const { pool, file } = livePoolFrom(options, terminal)
  const heard = await tellControl(socketOf(pool.stateFolder), message)
  const answer = heard === null && message.kind === 'clear' ? await clearAlone(message, pool, file, terminal) : heard
  if (answer === null) throw new OutsideFailure(`no loop runs for ${pool.name}: start plimsoll run --config ${options.config ?? ''}`)
  const told = answer as Told
  if (options.json) terminal.out(`${JSON.stringify(answer)}\n`)
  else (told.ok ? terminal.out : terminal.err)(`${told.message}\n`)
  return told.ok ? 0 : 1
}

/** Where no loop runs, apply, provision and drills still heed the journal: so it is written by us. */
async function clearAlone(message: Extract<ControlMessage, { kind: 'clear' }>, pool: LivePool, file: string, terminal: Terminal): Promise<Told> {
  const what = clearanceOf(message)
  if (!what.ok) return { ok: false, message: what.refusal.message }
  const held = await holdPool({ pool, policy: policyOfPool(pool, file, Date.now()), command: 'clear', say: (text) => terminal.err(`${text}\n`) })
  try {
    held.executor.clear(what.value, held.who)
    await held.rest(() => false)
    return { ok: true, message: clearedText(message) }
  } finally {
    await held.close()
  }
}
