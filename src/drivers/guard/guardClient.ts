import type { GuardAccess } from '../../model/guardAccess.ts'
import { type Result, done, refuse } from '../../model/result.ts'
import { type ChildEnd, runChild } from '../child.ts'

/** What the guard says of its host. */
export interface GuardStatus {
  readonly cordoned: boolean
  readonly guests: number
  /** The host's own clock. */
  readonly clockUnixMs: number
}

/**
 * The guard of one host. Each call is refused with a code that says whether anything may have happened: `unknown` where
 * the guard's answer was lost (then it must be looked at), every other code where nothing was changed.
 */
export interface GuardClient {
  status(deadlineUnixMs: number): Promise<Result<GuardStatus>>
  cordon(id: string, cordoned: boolean, deadlineUnixMs: number): Promise<Result<void>>
  /** Does nothing after `deadlineUnixMs`, by the host's own clock. */
  powerOff(id: string, deadlineUnixMs: number): Promise<Result<void>>
}

/** Ends of the guard that are refusals. */
const REFUSALS: ReadonlyMap<number, string> = new Map([[2, 'guardMisused'], [10, 'hostNotEmpty'], [11, 'hostNotCordoned'], [12, 'tooLate'], [13, 'startUnderWay'], [14, 'guestsUnknown']])
/** Ends of ssh and of a shell before the guard has run. */
const NOT_RUN: ReadonlyMap<number, string> = new Map([[126, 'noGuard'], [127, 'noGuard']])
/** The answer may come this long after the command's own deadline. */
const ANSWER_MS = 5000

export function guardClient(access: GuardAccess): GuardClient {
  const run = (args: readonly string[], deadlineUnixMs: number): Promise<ChildEnd> => {
    const [program, ...before] = commandOf(access, args)
    return runChild(program!, before, {}, deadlineUnixMs + ANSWER_MS - Date.now())
  }
  return {
    status: async (deadlineUnixMs) => statusOf(await run(['status'], deadlineUnixMs)),
    cordon: async (id, cordoned, deadlineUnixMs) => endOf(await run([cordoned ? 'cordon' : 'uncordon', id], deadlineUnixMs)),
    powerOff: async (id, deadlineUnixMs) => endOf(await run(['power-off', '--not-after', String(Math.floor(deadlineUnixMs / 1000)), '--id', id], deadlineUnixMs)),
  }
}

/** Program and arguments. Over ssh the arguments pass a shell on the host: only words that no shell reads as anything else are let through. */
export function commandOf(access: GuardAccess, args: readonly string[]): readonly string[] {
  if (access.kind === 'command') return [...access.run, ...args]
  const odd = [access.program, ...args].find((word) => !/^[A-Za-z0-9_./:-]+$/.test(word))
  if (odd !== undefined) throw new Error(`the guard is not asked with ${JSON.stringify(odd)}: expected letters, digits and . _ / : -`)
  const { address, port, user, keyFile, knownHostsFile, program } = access
  const options = ['BatchMode=yes', 'StrictHostKeyChecking=yes', `UserKnownHostsFile=${knownHostsFile}`, 'GlobalKnownHostsFile=none', 'IdentitiesOnly=yes', 'ClearAllForwardings=yes', 'ConnectTimeout=10', 'ServerAliveInterval=5', 'ServerAliveCountMax=3']
  return ['ssh', '-F', 'none', '-T', ...options.flatMap((option) => ['-o', option]), '-i', keyFile, '-p', String(port), '-l', user, '--', address, [program, ...args].join(' ')]
}

function endOf({ code, out, error, inTime }: ChildEnd): Result<void> {
  if (code === 0) return done(undefined)
  const said = (out.trim() || error.trim()).split('\n')[0] ?? ''
  const refusal = code === null ? undefined : (REFUSALS.get(code) ?? NOT_RUN.get(code))
  if (refusal !== undefined) return refuse(refusal, said === '' ? `the guard ended with ${code}` : said)
  return refuse('unknown', inTime ? `the guard's answer was lost (${said === '' ? `ended with ${code}` : said}): look at the host` : 'the guard did not answer in time: look at the host')
}

function statusOf(end: ChildEnd): Result<GuardStatus> {
  const ended = endOf(end)
  if (!ended.ok) return ended
  const found = /^(cordoned|open) (\d+) guests at (\d{13})$/m.exec(end.out)
  return found === null ? refuse('unknown', 'the guard says nothing that is understood: is it of this release?') : done({ cordoned: found[1] === 'cordoned', guests: Number(found[2]), clockUnixMs: Number(found[3]) })
}
