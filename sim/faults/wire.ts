import type { Effect, Reply } from '../../src/execute/protocol/effects.ts'
import type { Odds } from './odds.ts'

/** What the way between a controller and the hosts needs of the machine around it. */
export interface WireEnds {
  readonly after: (delayMs: number, run: () => void) => void
  readonly draw: (chance: number) => boolean
  readonly below: (bound: number) => number
  readonly odds: () => Odds
  readonly fault: (effect: Effect, name: string) => void
  /** The command reaches its host. */
  readonly arrive: (effect: Effect, answer: (reply: Reply) => void) => void
}

/** Sends a command on its way: it arrives, or is lost, late or doubled, and so is its reply. Of what did not arrive in time the caller hears only that nobody knows. */
export function send(ends: WireEnds, effect: Effect, isReplyLost: boolean, reply: (reply: Reply) => void): void {
  const { after, below } = ends
  const strikes = (name: 'lostCommand' | 'lateCommand' | 'duplicate'): boolean => {
    const does = ends.draw(ends.odds()[name])
    if (does) ends.fault(effect, name)
    return does
  }
  if (isReplyLost) ends.fault(effect, 'lostReply')
  const answer = (given: Reply): void => {
    if (!isReplyLost) after(5 + below(200), () => reply(given))
  }
  const unknown = (): void => after(10_000 + below(30_000), () => reply({ id: effect.id, ok: false, failure: { class: 'unknown', code: 38, domain: 7, text: 'timed out' } }))
  const arrive = (delayMs: number): void => after(delayMs, () => ends.arrive(effect, answer))
  if (strikes('lostCommand')) return unknown()
  if (strikes('lateCommand')) {
    unknown()
    arrive(below(80_000))
  } else arrive(5 + below(200))
  if (strikes('duplicate')) arrive(below(80_000))
}
