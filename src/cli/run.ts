import { execFile } from 'node:child_process'
import { AUTONOMY, type Autonomy } from '../model/livePool.ts'
import { parseQuantity } from '../config/quantity.ts'
import type { ExitCode } from './exitCode.ts'
import { type RunningLoop, badMode, beginLoop } from './liveLoop.ts'
import { type LiveOptions, livePoolFrom, policyOfPool } from './livePool.ts'
import { bad } from './options.ts'
import type { Terminal } from './terminal.ts'

export interface RunOptions extends LiveOptions {
  readonly mode?: string
  readonly for?: string
}

const WATCHDOG_SHARE = 3

/** Runs a live pool until a signal ends it, or for a time. Reloads its policy on SIGHUP. */
export async function runCommand(options: RunOptions, terminal: Terminal): Promise<ExitCode> {
  const { pool, file } = livePoolFrom(options, terminal)
  const mode = (options.mode ?? null) as Autonomy | null
  if (mode !== null && !AUTONOMY.includes(mode)) throw badMode(options.mode ?? '')
  const limitMs = options.for === undefined ? null : lengthOf(options.for)
  const policy = policyOfPool(pool, file, Date.now())
  const say = (text: string): void => (options.quiet === true ? undefined : terminal.err(`${new Date().toISOString()} ${text}\n`))
  const signals = { ended: false }
  let loop: RunningLoop | null = null
  const end = (): void => {
    signals.ended = true
    void loop?.end()
  }
  const reload = (): void => {
    try {
      loop?.session.policy(policyOfPool(livePoolFrom(options, terminal).pool, file, Date.now()))
      say('the policy was read anew')
    } catch (error) {
      say(`the policy stays as it was: ${(error as Error).message}`)
    }
  }
  process.on('SIGTERM', end).on('SIGINT', end).on('SIGHUP', reload)
  try {
    loop = await beginLoop({ pool, policy, mode, say, isOver: () => signals.ended })
    if (loop === null) return 0
    say(`${pool.name} runs in mode ${loop.session.status.mode} with policy ${policy.name}; record in ${loop.record.folder}`)
    const beats = heartbeat()
    const timer = limitMs === null ? null : setTimeout(end, limitMs)
    await loop.over
    if (timer !== null) clearTimeout(timer)
    beats.stop()
  } finally {
    process.off('SIGTERM', end).off('SIGINT', end).off('SIGHUP', reload)
  }
  if (options.json) terminal.out(`${JSON.stringify({ pool: pool.name, record: loop.record.folder, status: loop.session.status })}\n`)
  // A service that is started anew stands by for the one that took over.
  return loop.session.isFenced ? 3 : 0
}

function lengthOf(text: string): number {
  const parsed = parseQuantity(text, 'duration')
  if (!parsed.ok) throw bad('--for', parsed.refusal.message)
  return parsed.value
}

/** Tells systemd that the loop has begun and is alive, where it was started by it. */
function heartbeat(): { stop(): void } {
  if (process.env['NOTIFY_SOCKET'] === undefined) return { stop: () => undefined }
  const tell = (...what: string[]): void => void execFile('systemd-notify', [`--pid=${process.pid}`, ...what], () => undefined)
  tell('--ready')
  const watchdogMs = Number(process.env['WATCHDOG_USEC'] ?? 0) / 1000
  const timer = watchdogMs > 0 ? setInterval(() => tell('WATCHDOG=1'), watchdogMs / WATCHDOG_SHARE) : null
  return {
    stop: () => {
      if (timer !== null) clearInterval(timer)
      tell('--stopping')
    },
  }
}
